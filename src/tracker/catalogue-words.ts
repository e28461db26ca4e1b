// What people type into a search box, as terms for SQLite's FTS5 (sqlite.org/fts5.html, section 3): every word stands in
// quotes, so nothing that is typed is an operator, and no word holds a quote.

/** Nobody types more; each costs a walk through the index. */
const MAX_WORDS = 10
const MAX_WORD_CHARACTERS = 64
const MAX_TEXT_CHARACTERS = 1000

/** As the tokenizer `unicode61` cuts texts: letters, marks, digits and private use are words, all else is between them. */
const WORD = /[\p{L}\p{M}\p{N}\p{Co}]+/gu

/** All words must occur; the last one may be a beginning. `undefined`: there is no word in it. */
export function searchTerms(text: string): string | undefined {
  const words = text.slice(0, MAX_TEXT_CHARACTERS).toWellFormed().match(WORD)?.slice(0, MAX_WORDS) ?? []
  const terms = words.map((word, n) => {
    const characters = Array.from(word)
    const isBeginning = n === words.length - 1 || characters.length > MAX_WORD_CHARACTERS
    return `"${characters.slice(0, MAX_WORD_CHARACTERS).join('')}"${isBeginning ? ' *' : ''}`
  })
  return terms.length === 0 ? undefined : terms.join(' AND ')
}
