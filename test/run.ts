// `npm test`: runs every test file with Node's own runner, each file in a process of its own, and closes with one line
// `N passed, N failed, N skipped`. `--quick` leaves out the slow folders; other arguments are parts of file names.
// With CI=true a skipped test is a failure: what a test needs, CI has installed.
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const ROOT = join(import.meta.dirname, '..')
/**
 * Whole programs and transfers, with how many files run at once: so few that none starves another's time-outs. Other clients mostly
 * wait for their own timers, and pages for what a daemon tells once a second.
 */
const SLOW: Readonly<Record<string, number>> = { interop: 2, e2e: 1, package: 1, page: 4 }
/** Longest time for one file. The slowest folder takes about a third of it on two cores. */
const QUICK_FILE_MS = 120_000
const SLOW_FILE_MS = 400_000

const args = process.argv.slice(2)
const isQuick = args.includes('--quick')
const parts = args.filter((arg) => !arg.startsWith('--'))
const isIn = (file: string, folder: string): boolean => file.startsWith(join('test', folder, '/'))
const isSlow = (file: string): boolean => Object.keys(SLOW).some((folder) => isIn(file, folder))
const files = globSync('test/**/*.test.ts', { cwd: ROOT })
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort()

const startedAt = performance.now()
let passed = 0
const skips: string[] = []
const failures: string[] = []

async function runFiles(chosen: readonly string[], concurrency: number, timeout: number): Promise<void> {
  if (chosen.length === 0) return
  const stream = run({ files: chosen.map((file) => join(ROOT, file)), concurrency, cwd: ROOT, timeout })
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return
    const skip = event.skip ?? event.todo
    if (skip === undefined) passed++
    else skips.push(`${relative(ROOT, event.file ?? '')}: ${event.name} (${skip})`)
  })
  stream.on('test:fail', (event) => {
    if (event.details.type !== 'suite') failures.push(`${relative(ROOT, event.file ?? '')}: ${event.name}`)
  })
  for await (const text of stream.compose(new spec())) process.stdout.write(text)
}

const quick = files.filter((file) => !isSlow(file))
const slow = isQuick ? [] : files.filter((file) => isSlow(file))
await runFiles(quick, 2, QUICK_FILE_MS)
for (const [folder, atOnce] of Object.entries(SLOW)) {
  const chosen = slow.filter((file) => isIn(file, folder))
  await runFiles(chosen, atOnce, SLOW_FILE_MS)
}

for (const skip of skips) console.log(`skipped: ${skip}`)
for (const failure of failures) console.log(`failed: ${failure}`)
console.log(`${quick.length + slow.length} files in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
console.log(`${passed} passed, ${failures.length} failed, ${skips.length} skipped`)
const isStrict = process.env['CI'] === 'true'
process.exitCode = failures.length > 0 || passed === 0 || (isStrict && skips.length > 0) ? 1 : 0
