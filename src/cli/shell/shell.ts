// The shell: a prompt for the same commands as on the command line, read by the same parser. Without a terminal it
// reads lines from its input, so that scripts can talk to it.
import { createInterface, type Interface } from 'node:readline'
import { AppError } from '../../core/errors.ts'
import { exitCodeOf } from '../exit-codes.ts'
import { DaemonClient } from '../daemon-client.ts'
import { printable } from '../../core/printable.ts'
import { buildProgram, runProgram } from '../program.ts'
import { complete, withHome } from './completer.ts'
import { History } from './history.ts'
import { tellNews } from './news.ts'
import { splitWords } from './words.ts'

const PROMPT = 'shoal> '
const GREETING = 'Shoal. "web" opens the page, "help" shows what can be said, TAB completes, "exit" says goodbye.'
/** Commands that would run inside themselves. */
const NOT_HERE: ReadonlySet<string> = new Set(['shell', 'daemon'])

/** Returns when the input ends or `exit` is said. */
export async function runShell(stateDir: string): Promise<void> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY
  const history = new History(stateDir)
  const daemon = new DaemonClient(stateDir)
  const program = buildProgram()
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: isTerminal,
    prompt: isTerminal ? PROMPT : '',
    history: [...history.lines],
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: null, completion: [string[], string]) => void) => {
      void complete(line, program, daemon).then(([offers, replaced]) => done(null, [offers, replaced]))
    },
  })
  const ended = new AbortController()
  let isBusy = false
  if (isTerminal) {
    console.log(GREETING)
    const tell = (line: string): void => (isBusy ? console.log(line) : printAbove(lines, line))
    void tellNews(daemon, tell, ended.signal).catch(() => {}) // the daemon went: the next command says so
    // Ctrl-C: of a command that runs, as on the command line; else of the line that is being typed.
    lines.on('SIGINT', () => {
      if (isBusy) return void process.emit('SIGINT')
      process.stdout.write('^C\n')
      lines.write(null, { ctrl: true, name: 'u' })
      lines.prompt()
    })
  }
  // Without a terminal there is nobody to prompt, and the input may have ended long before its last line is obeyed.
  const prompt = (): void => void (isTerminal && lines.prompt())
  prompt()
  try {
    for await (const line of lines) {
      if (isTerminal && line.trim() !== '') history.add(line)
      isBusy = true
      const goesOn = line.trim() === '' || (await obey(line, stateDir))
      isBusy = false
      if (!goesOn) break
      prompt()
    }
  } finally {
    ended.abort()
    lines.close()
    history.trim()
  }
}

/** What is being typed moves down a line. */
function printAbove(lines: Interface, text: string): void {
  process.stdout.write(`\r\x1b[K${text}\n`)
  lines.prompt(true)
}

/** False for `exit`. A command that fails says why, and the shell goes on; scripts see it by the exit code. */
async function obey(line: string, stateDir: string): Promise<boolean> {
  try {
    const [name = '', ...rest] = splitWords(line).map(withHome)
    if (name === 'exit' || name === 'quit') return false
    if (NOT_HERE.has(name)) throw new AppError('usage', `"${name}" is what runs here already`)
    await runProgram(name === 'help' ? [name, ...rest] : [name, ...rest, ...whereOf(name, rest, stateDir)])
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    console.error(`shoal: ${printable(error instanceof Error ? error.message : String(error))}`)
  }
  return true
}

/** Commands talk to the daemon of this shell, unless they are told of another. */
function whereOf(name: string, words: readonly string[], stateDir: string): readonly string[] {
  const found = buildProgram().commands.find((one) => one.name() === name)
  const command = found?.commands[0] ?? found // what has words of its own takes what its first one takes
  const takesIt = command?.options.some(({ long }) => long === '--state-dir') === true
  return takesIt && !words.some((word) => /^--state-dir(=|$)/.test(word)) ? [`--state-dir=${stateDir}`] : []
}
