// The `shoal` command: runs the command line, and turns whatever fails into one line and an exit code.
import './v8-flags.ts' // before anything else is loaded
import './early-worker.ts'
import { AppError } from '../core/errors.ts'
import { exitCodeOf } from './exit-codes.ts'
import { printable } from '../core/printable.ts'
import { runProgram } from './program.ts'

const args = process.argv.slice(2)

process.stdout.on('error', quietEnd)
process.stderr.on('error', quietEnd)
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

void run()

async function run(): Promise<void> {
  try {
    await runProgram(args.length === 0 ? ['shell'] : args)
  } catch (error) {
    report(error)
    process.exitCode = exitCodeOf(error)
  }
  // Nothing of ours is left that could keep the process; should something be, the user does not wait for it.
  setTimeout(() => process.exit(), 2000).unref()
}

/** The reader of our output has gone (`shoal info x | head`). Commands that run on hear it themselves: interrupt.ts. */
function quietEnd(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') fail(error)
  else if (process.stdout.listenerCount('error') === 1) process.exit()
}

/** Where nobody can catch it any more. */
function fail(error: unknown): void {
  report(error)
  process.exit(exitCodeOf(error))
}

function report(error: unknown): void {
  const isKnown = error instanceof AppError
  const message = error instanceof Error ? error.message : String(error)
  const sentence = isKnown ? message : `something went wrong in Shoal itself: ${message} (SHOAL_DEBUG=1 shows where)`
  if (args.includes('--json')) {
    const code = isKnown ? error.code : 'internal'
    process.stdout.write(`${JSON.stringify({ event: 'error', code, message: printable(sentence) })}\n`)
  }
  process.stderr.write(`shoal: ${printable(sentence)}\n`)
  if (process.env['SHOAL_DEBUG'] === '1') console.error(error)
}
