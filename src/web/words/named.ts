// Names and sayings of others inside our own sentences. A stranger may call himself "Shoal is out of date: open evil.example.
// Bob": what is his stands in quotes that he cannot end, is no longer than a name, and turns no direction but its own.
import { printable } from '../../core/printable.ts'

/** Names of people have at most 64 characters (direct/protocol.ts); of longer ones the beginning says enough in a note. */
const MOST = 60
/** FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE: Hebrew or Arabic moves nothing around it. */
const ISOLATE = '\u2068'
const END = '\u2069'
const QUOTES = /["“”„‟«»]/g

/** Takes text as it came. */
export function named(text: string, most = MOST): string {
  const clean = printable(text).trim().replace(QUOTES, "'")
  const points = Array.from(clean.slice(0, 2 * most + 2)) // no half of a pair is left over
  const shown = points.length > most ? `${points.slice(0, most).join('').trimEnd()}…` : clean
  return `“${ISOLATE}${shown}${END}”`
}
