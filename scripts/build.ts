// `npm run build`: TypeScript to dist/, the form that is published.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
const { status } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
})
process.exit(status ?? 1)
