// Where a command's events go: bars on a terminal, lines in a file or pipe, objects with --json.
import { describe } from './describe.ts'
import type { CliEvent, ProgressEvent } from './events.ts'
import { type LineStyle, progressLine, progressSentence, servingLine } from './progress-line.ts'
import { type OutputStream, Screen } from './screen.ts'
import { printable } from '../../core/printable.ts'
import { textWidth } from './text.ts'

/** Dispose of it before the process ends: the last bars stay where they are. */
export interface Reporter extends Disposable {
  /** How often progress is worth reporting, in milliseconds. */
  readonly progressMs: number
  report(event: CliEvent): void
  /** Bars that are drawn stay as they are; what is reported next comes below them. */
  settle(): void
}

/** The reporter of this process. However it ends, the terminal's cursor comes back. */
export function openOutput(isJson: boolean): Reporter {
  const reporter = openReporter(process.stdout, isJson, process.env)
  process.once('exit', () => reporter[Symbol.dispose]())
  return reporter
}

export function openReporter(stream: OutputStream, isJson: boolean, env: NodeJS.ProcessEnv): Reporter {
  if (isJson) return new JsonReporter(stream)
  return stream.isTTY === true && env['TERM'] !== 'dumb' ? new TerminalReporter(stream, env) : new PlainReporter(stream)
}

class JsonReporter implements Reporter {
  readonly progressMs = 1000
  readonly #stream: OutputStream

  constructor(stream: OutputStream) {
    this.#stream = stream
  }

  report(event: CliEvent): void {
    this.#stream.write(`${JSON.stringify(event)}\n`)
  }

  settle(): void {}

  [Symbol.dispose](): void {}
}

/** The lines of one event after another: what is said when a torrent was made is not said again when it is added. */
class Narrator {
  #hasMade = false

  lines(event: CliEvent): readonly string[] {
    this.#hasMade ||= event.event === 'created'
    return this.#hasMade && event.event === 'metadata' ? [] : describe(event)
  }
}

class PlainReporter implements Reporter {
  readonly progressMs = 5000
  readonly #stream: OutputStream
  readonly #narrator = new Narrator()

  constructor(stream: OutputStream) {
    this.#stream = stream
  }

  report(event: CliEvent): void {
    const lines = event.event === 'progress' ? [progressSentence(event)] : this.#narrator.lines(event)
    if (lines.length > 0) this.#stream.write(`${lines.join('\n')}\n`)
  }

  settle(): void {}

  [Symbol.dispose](): void {}
}

const OUTLIVES_BARS: readonly string[] = ['created', 'metadata', 'verified'] satisfies CliEvent['event'][]

class TerminalReporter implements Reporter {
  readonly progressMs = 200
  readonly #screen: Screen
  readonly #narrator = new Narrator()
  readonly #style: Omit<LineStyle, 'columns'>
  /** A bar for every torrent by its name, in the order in which they came. */
  readonly #bars = new Map<string, ProgressEvent>()

  constructor(stream: OutputStream, env: NodeJS.ProcessEnv) {
    this.#screen = new Screen(stream)
    this.#style = styleFor(env)
  }

  report(event: CliEvent): void {
    if (event.event === 'progress') {
      this.#bars.set(event.name, event)
      this.#draw()
      return
    }
    if (event.event === 'serving') return this.#screen.draw([servingLine(event)])
    // The bar has done its work, or ran under a magnet link's provisional name.
    if (OUTLIVES_BARS.includes(event.event)) {
      this.#bars.clear()
      this.#draw()
    }
    if (event.event === 'stopped') this.settle()
    const lines = this.#narrator.lines(event)
    if (lines.length > 0) this.#screen.print(lines)
  }

  #draw(): void {
    const bars = [...this.#bars.values()]
    const style = { ...this.#style, columns: this.#screen.columns }
    const nameColumns = Math.min(24, Math.max(...bars.map((bar) => textWidth(printable(bar.name)))))
    this.#screen.draw(bars.map((bar) => progressLine(bar, style, nameColumns)))
  }

  settle(): void {
    this.#bars.clear()
    this.#screen.close()
  }

  [Symbol.dispose](): void {
    this.#screen.close()
  }
}

/** https://no-color.org; Unicode unless the locale says otherwise (no locale at all: minimal containers, which can). */
export function styleFor(env: NodeJS.ProcessEnv): Omit<LineStyle, 'columns'> {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'UTF-8'
  return { hasColour: (env['NO_COLOR'] ?? '') === '', hasUnicode: /utf-?8/i.test(locale) }
}
