// A typed line as words, quoted as in other shells: 'as it is', "with \" in it", and a\ blank.
import { AppError } from '../../core/errors.ts'

const TOKEN = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gsy

/** Throws AppError 'usage' for a quote that is not closed. */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < line.length) {
    const match = TOKEN.exec(line)
    if (match === null) throw new AppError('usage', 'a quote or backslash has no end')
    const [text, single, double, escaped, plain] = match
    const part = single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? plain
    if (part !== undefined) word = (word ?? '') + part
    else if (word !== undefined && text.trim() === '') {
      words.push(word)
      word = undefined
    }
  }
  return word === undefined ? words : [...words, word]
}

/** So that `splitWords` reads it as one word. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
