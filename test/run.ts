// `npm test`: runs every test file with Node's own runner, each file in a process of its own, and closes with one line
// `N passed, N failed, N skipped`. `--quick` leaves out the slow folders; other arguments are parts of file names.
// With CI=true a skipped test is a failure: what a test needs, CI has installed.
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const ROOT = join(import.meta.dirname, '..')
const SLOW = ['interop', 'e2e', 'package']

const args = process.argv.slice(2)
const isQuick = args.includes('--quick')
const parts = args.filter((arg) => !arg.startsWith('--'))
const files = globSync('test/**/*.test.ts', { cwd: ROOT })
  .filter((file) => !isQuick || !SLOW.some((folder) => file.startsWith(`test/${folder}/`)))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort()
  .map((file) => join(ROOT, file))

const counts = { passed: 0, failed: 0, skipped: 0 }
const skips: string[] = []
const stream = run({ files, concurrency: 2, cwd: ROOT, timeout: 300_000 })
stream.on('test:pass', (event) => {
  if (event.details.type === 'suite') return
  if (event.skip !== undefined || event.todo !== undefined) {
    counts.skipped++
    skips.push(`${relative(ROOT, event.file ?? '')}: ${event.name} (${event.skip ?? event.todo})`)
  } else counts.passed++
})
stream.on('test:fail', (event) => {
  if (event.details.type !== 'suite') counts.failed++
})
stream.compose(new spec()).pipe(process.stdout)
stream.on('end', () => {
  for (const skip of skips) console.log(`skipped: ${skip}`)
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  const isStrict = process.env['CI'] === 'true'
  process.exitCode = counts.failed > 0 || counts.passed === 0 || (isStrict && counts.skipped > 0) ? 1 : 0
})
