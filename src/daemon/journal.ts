// What happened lately, for people to read: a bounded list in memory that the page and `shoal log` show. Names and
// messages of strangers end up in it, so every text is made harmless here.
import { printable } from '../core/printable.ts'
import type { LogRow } from './rpc/page-types.ts'

/** What stops the list from growing; at an event a minute it is a working day. */
const MAX_ROWS = 500
/** As long as the messages of trackers may be. */
const MAX_TEXT_CHARACTERS = 1000
/** A longer name would push the sentence around it from the screen. */
const MAX_NAME_CHARACTERS = 200

export class Journal {
  readonly #rows: LogRow[] = []
  #lastId = 0

  /** `torrent`: the info-hash of the torrent that it is about. */
  add(level: LogRow['level'], about: LogRow['about'], text: string, torrent?: string): void {
    const id = ++this.#lastId
    const at = Math.floor(Date.now() / 1000)
    this.#rows.push({ id, at, level, about, text: cut(text, MAX_TEXT_CHARACTERS), torrent: torrent ?? null })
    if (this.#rows.length > MAX_ROWS) this.#dropOldest()
  }

  /** Of what there is most: whoever fills the list, strangers for one, pushes out his own. */
  #dropOldest(): void {
    const counts = new Map<LogRow['about'], number>()
    for (const { about } of this.#rows) counts.set(about, (counts.get(about) ?? 0) + 1)
    const most = Math.max(...counts.values())
    this.#rows.splice(
      this.#rows.findIndex(({ about }) => counts.get(about) === most),
      1,
    )
  }

  /** What came after the row with this number; all for a number of an earlier run, which may be beyond the last. */
  since(id: number): readonly LogRow[] {
    return this.#rows.filter((row) => row.id > id || id > this.#lastId)
  }
}

/** A name that somebody else chose, for a sentence of the journal. */
export function shownName(name: string): string {
  return `"${cut(name, MAX_NAME_CHARACTERS)}"`
}

function cut(text: string, length: number): string {
  const clean = printable(text)
  return clean.length <= length ? clean : `${clean.slice(0, length - 1)}…`.toWellFormed() // the cut may go through a character
}
