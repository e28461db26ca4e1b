// Ctrl-C: the first asks a command to say goodbye and save, the second ends the process at once.
import { EXIT_CODES } from './exit-codes.ts'

/** SIGHUP: the terminal was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal
}

/** Dispose of it when the command is done: from then on a signal ends the process as usual. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController()
  const heard = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.interrupted)
    controller.abort()
  }
  // Who reads our output went away (`shoal download ... | head`): as good as Ctrl-C, which may then be heard again.
  const unheard = (): void => controller.abort()
  for (const name of SIGNALS) process.on(name, heard)
  process.stdout.on('error', unheard)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, heard)
      process.stdout.off('error', unheard)
    },
  }
}
