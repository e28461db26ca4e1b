// The installed command: dist/command, a few scripts instead of two hundred modules, which start in two thirds of the time.
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { licences } from './licences.ts'

const ROOT = join(import.meta.dirname, '..')
const COMMAND = join(ROOT, 'dist/command')
/** Is looked for beside the script that loads it. */
const HASHING = 'sha1-pair.linux-x64.so'

const { metafile } = await build({
  absWorkingDir: ROOT,
  // A worker's script has the name by which it is looked for beside the module that starts it.
  entryPoints: {
    main: 'src/cli/main.ts',
    'disk-worker': 'src/io/disk/disk-worker.ts',
    'network-thread': 'src/tracker/network-thread.ts',
    'front-thread': 'src/tracker/front-thread.ts',
  },
  outdir: COMMAND,
  bundle: true,
  // Those that come with code of the machine, or are optional or large, and wanted by few commands. The others would each cost
  // a start 10 to 30 ms as packages.
  external: ['koffi', '@redis/client', 'node-forge'],
  platform: 'node',
  target: 'node24',
  // As modules they would be linked one after the other, and Node's own with all that they export.
  format: 'cjs',
  define: { 'import.meta.url': 'moduleUrl', 'import.meta.dirname': '__dirname' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  // Names stay, for SHOAL_DEBUG.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none', // all licences are in LICENSES.txt
  metafile: true,
  logLevel: 'warning',
})
copyFileSync(join(ROOT, 'src/io', HASHING), join(COMMAND, HASHING))
writeFileSync(join(COMMAND, 'package.json'), '{ "type": "commonjs" }\n')
writeFileSync(join(COMMAND, 'LICENSES.txt'), licences(metafile))
