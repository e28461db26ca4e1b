// What was typed, kept between shells in the state folder, for its owner only.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const MOST_LINES = 1_000

export class History {
  readonly #file: string
  /** The newest first, as readline wants it. */
  readonly lines: readonly string[]

  /** A file that cannot be read is no history. */
  constructor(stateDir: string) {
    this.#file = join(stateDir, 'history')
    this.lines = readLines(this.#file).slice(-MOST_LINES).toReversed()
  }

  /** A history that cannot be written is not worth a word. */
  add(line: string): void {
    try {
      appendFileSync(this.#file, `${line}\n`, { mode: 0o600 })
    } catch {
      // The disk is full or read-only: whatever the user does next will tell.
    }
  }

  /** Cuts the file to what is still looked at. */
  trim(): void {
    const lines = readLines(this.#file)
    if (lines.length <= MOST_LINES) return
    try {
      writeFileSync(this.#file, `${lines.slice(-MOST_LINES).join('\n')}\n`, { mode: 0o600 })
    } catch {
      // As above.
    }
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    return []
  }
}
