// The lower end of a terminal: lines that stay scroll by above, bars below them are drawn again in place.

/** What is needed of process.stdout. */
export interface OutputStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
/** From the cursor to the end of the line, of the screen. */
const ERASE_RIGHT = '\x1b[K'
const ERASE_BELOW = '\x1b[J'

export class Screen {
  readonly #stream: OutputStream
  #bars: readonly string[]
  #isCursorHidden: boolean

  constructor(stream: OutputStream) {
    this.#stream = stream
    this.#bars = []
    this.#isCursorHidden = false
  }

  /** Terminals that do not tell their width are taken for the classic ones. */
  get columns(): number {
    return this.#stream.columns || 80
  }

  /** Lines that stay, above the bars. */
  print(lines: readonly string[]): void {
    this.#paint(lines, this.#bars)
  }

  /** The bars, each narrower than the screen: wrapped lines could not be drawn again. */
  draw(bars: readonly string[]): void {
    if (this.#bars.length === 0 && bars.length === 0) return
    if (!this.#isCursorHidden) this.#stream.write(HIDE_CURSOR)
    this.#isCursorHidden = true
    this.#paint([], bars)
  }

  /** The bars stay; the cursor comes back. */
  close(): void {
    if (this.#isCursorHidden) this.#stream.write(SHOW_CURSOR)
    this.#isCursorHidden = false
    this.#bars = []
  }

  /** One write for everything, so that nothing flickers. */
  #paint(lines: readonly string[], bars: readonly string[]): void {
    const up = this.#bars.length === 0 ? '' : `\x1b[${this.#bars.length}A\r`
    const text = [...lines, ...bars].map((line) => `${line}${ERASE_RIGHT}\n`).join('')
    this.#stream.write(up + text + ERASE_BELOW)
    this.#bars = bars
  }
}
