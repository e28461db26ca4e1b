// `npm run check`: what must hold before a commit. Types, lint, format, then the quick tests (not with `--no-tests`).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const LINT = join(ROOT, 'tools/lint/node_modules/.bin')
const shouldFix = process.argv.includes('--fix')
const hasTests = !shouldFix && !process.argv.includes('--no-tests')

function run(what: string, command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${LINT}:${process.env['PATH']}` },
  })
  if (status !== 0) {
    console.error(`check: ${what} failed`)
    process.exit(1)
  }
}

run('format', join(LINT, 'biome'), shouldFix ? ['format', '--write', '.'] : ['format', '.'])
run('types', join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.'])
run('types of the page', join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'src/web'])
run('lint', join(LINT, 'oxlint'), ['--type-aware', '--quiet', 'src', 'test', 'bench', 'scripts'])
if (hasTests) run('tests', process.execPath, [join(ROOT, 'test/run.ts'), '--quick'])
