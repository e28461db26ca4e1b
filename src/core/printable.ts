// Text from outside, without what a terminal or a page would obey.

/** C0, DEL and C1 move cursors, retitle windows and ring bells; direction marks reverse what follows them. */
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/g

/** The text in one line, without anything that a terminal or a page would obey. */
export function printable(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(UNPRINTABLE, '')
    .toWellFormed()
}
