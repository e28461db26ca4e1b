// Where each file is, in memory that all workers share: what one of them makes or renames, the others find at their next
// job. No messages, no order to keep.
//
//   unknown -> absent  -> moving -> part        made at the first write; until then the parts file may hold its ends
//           -> foreign -> moving -> part        somebody else's file of the right size, of which not all was good
//           -> part    -> moving -> real        complete: it gets its real name
//           -> real
//
// `moving` is a lock: whoever needs the file waits until it has come to its next place.
import { splitExtension } from '../../core/metainfo/safe-path.ts'

const PLACES = ['unknown', 'absent', 'foreign', 'moving', 'part', 'real'] as const
export type Place = (typeof PLACES)[number]

/** The place in the low bits, above it the number of the real name: 0 its own, 1 `name (1)`, ... */
const PLACE_BITS = 3
const PLACE_MASK = 2 ** PLACE_BITS - 1

export class FilePlaces {
  readonly #words: Int32Array<SharedArrayBuffer>

  constructor(words: Int32Array<SharedArrayBuffer>) {
    this.#words = words
  }

  static memory(files: number): Int32Array<SharedArrayBuffer> {
    return new Int32Array(new SharedArrayBuffer(files * Int32Array.BYTES_PER_ELEMENT))
  }

  /** Never 'moving'. */
  get(file: number): Place {
    let word = this.word(file)
    for (; word === MOVING; word = this.word(file)) Atomics.wait(this.#words, file, MOVING)
    return PLACES[word & PLACE_MASK] ?? 'unknown'
  }

  /** It is there, and nobody is at it: `get` would not wait. */
  isAtRest(file: number): boolean {
    const place = PLACES[this.word(file) & PLACE_MASK]
    return place === 'part' || place === 'real'
  }

  /** Place and number of the name in one: where two of these are equal, the file is the same. */
  word(file: number): number {
    return Atomics.load(this.#words, file)
  }

  nameNumber(file: number): number {
    return this.word(file) >> PLACE_BITS
  }

  set(file: number, place: Place, nameNumber = 0): void {
    Atomics.store(this.#words, file, wordOf(place, nameNumber))
    Atomics.notify(this.#words, file)
  }

  /** Moves the file on, unless another worker did meanwhile; says whether this one did. */
  advance(file: number, from: Place, to: Place, nameNumber = 0): boolean {
    const before = wordOf(from, 0)
    return Atomics.compareExchange(this.#words, file, before, wordOf(to, nameNumber)) === before
  }
}

function wordOf(place: Place, nameNumber: number): number {
  return PLACES.indexOf(place) | (nameNumber << PLACE_BITS)
}

const MOVING = wordOf('moving', 0)

/** `film (2).mkv` for the number 2; the name itself for 0. */
export function numberedName(name: string, number: number): string {
  if (number === 0) return name
  const { stem, extension } = splitExtension(name)
  return `${stem} (${number})${extension}`
}

/** The inverse; 0 for a name that `numberedName` did not make. */
export function numberOfName(name: string, numbered: string): number {
  const { stem } = splitExtension(name)
  const number = Number(/^ \((\d{1,7})\)/.exec(numbered.slice(stem.length))?.[1] ?? 0)
  return numberedName(name, number) === numbered ? number : 0
}
