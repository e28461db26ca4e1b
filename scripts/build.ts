// `npm run build`: the modules, the command and the page in dist/, as they are published.
import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
const { status } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)
copyFileSync(join(ROOT, 'src/io/sha1-pair.linux-x64.so'), join(ROOT, 'dist/io/sha1-pair.linux-x64.so'))
await import('./build-command.ts')
await import('./build-page.ts')
