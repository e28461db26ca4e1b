// The page (src/web) as browsers get it: dist/page with an index.html, and assets whose names change with what is in them,
// each also compressed. scripts/run.cjs runs it when a source is newer; `npm run build` always does.
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { licences } from './licences.ts'

const ROOT = join(import.meta.dirname, '..')
const SOURCE = join(ROOT, 'src/web')
const PAGE = join(ROOT, 'dist/page')
/** It takes the old one's place when it is whole: a daemon may be serving that. */
const BUILDING = join(ROOT, `dist/page-${process.pid}`)
/** Where the old one is for the moment. */
const LEAVING = join(ROOT, `dist/page-${process.pid}-old`)
const ASSETS = join(BUILDING, 'assets')
/** What the compressors make smaller. */
const COMPRESSIBLE = ['.js', '.css', '.svg', '.html', '.json', '.webmanifest']

try {
  await buildPage()
} finally {
  rmSync(BUILDING, { recursive: true, force: true }) // of a build that failed, or came second
  rmSync(LEAVING, { recursive: true, force: true })
}

async function buildPage(): Promise<void> {
  mkdirSync(ASSETS, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { page: join(SOURCE, 'main.tsx'), style: join(SOURCE, 'style/page.css') },
    outdir: ASSETS,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2023', 'chrome123', 'firefox121', 'safari17.5'],
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'file' },
    legalComments: 'none', // all licences are in LICENSES.txt
    metafile: true,
    logLevel: 'warning',
  })
  const outputs = Object.keys(metafile.outputs)
  const named = (start: string): string => {
    const found = outputs.find((file) => basename(file).startsWith(start))
    if (found === undefined) throw new Error(`the build made no ${start}`)
    return `/assets/${basename(found)}`
  }
  const html = readFileSync(join(SOURCE, 'index.html'), 'utf8')
    .replace('/main.tsx', named('page-'))
    .replace('/style/page.css', named('style-'))
  for (const file of globSync('*.{svg,png,webmanifest}', { cwd: SOURCE })) {
    writeFileSync(join(ASSETS, file), readFileSync(join(SOURCE, file)))
  }
  writeFileSync(join(BUILDING, 'index.html'), html)
  writeFileSync(join(BUILDING, 'LICENSES.txt'), licences(metafile))
  for (const file of globSync('**/*', { cwd: BUILDING })) {
    if (COMPRESSIBLE.includes(extname(file))) compress(join(BUILDING, file))
  }
  // Within it: the stamp can be no other build's.
  const [, , stamp] = process.argv
  if (stamp !== undefined) writeFileSync(join(BUILDING, '.built'), stamp)
  putInPlace()
}

/** Two terminals may build at once: whoever comes second leaves the other's page where it is. */
function putInPlace(): void {
  try {
    renameSync(PAGE, LEAVING)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error // there was none, or the other one is at this very line
  }
  try {
    renameSync(BUILDING, PAGE)
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM') && existsSync(PAGE)) return
    if (existsSync(LEAVING)) renameSync(LEAVING, PAGE)
    throw error
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

function compress(file: string): void {
  const bytes = readFileSync(file)
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: quality }))
}
