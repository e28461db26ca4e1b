// Where in a JSON text a value's own text lies, so that it can be passed on as it was written: for a long one that is many
// times cheaper than writing it anew. Only for texts that JSON.parse took: that is the check, this is none.

export interface JsonSlice {
  readonly start: number
  /** One after its last character. */
  readonly end: number
}

const BACKSLASH = 0x5c
const WHITE: readonly string[] = [' ', '\t', '\n', '\r']

/** The value of `key` in the object at `start`: the last, as for JSON.parse. None if there is no object. */
export function memberOf(json: string, start: number, key: string): JsonSlice | undefined {
  let found: JsonSlice | undefined
  const from = skipWhite(json, start)
  if (json[from] !== '{') return undefined
  for (let at = skipWhite(json, from + 1); json[at] === '"'; ) {
    const nameEnd = endOfString(json, at)
    const name = json.slice(at, nameEnd)
    const value = valueAt(json, skipWhite(json, nameEnd) + 1)
    if (name === `"${key}"` || (name.includes('\\') && JSON.parse(name) === key)) found = value
    at = afterComma(json, value.end)
  }
  return found
}

/** The first elements of the array at `start`. None if there is no array. */
export function elementsOf(json: string, start: number, most: number): readonly JsonSlice[] {
  const elements: JsonSlice[] = []
  const from = skipWhite(json, start)
  if (json[from] !== '[') return []
  let at = skipWhite(json, from + 1)
  while (elements.length < most && at < json.length && json[at] !== ']') {
    const value = valueAt(json, at)
    elements.push(value)
    at = afterComma(json, value.end)
  }
  return elements
}

function valueAt(json: string, start: number): JsonSlice {
  const from = skipWhite(json, start)
  if (json[from] === '"') return { start: from, end: endOfString(json, from) }
  let depth = 0
  for (let at = from; at < json.length; at++) {
    switch (json[at]) {
      case '"':
        at = endOfString(json, at) - 1
        break
      case '{':
      case '[':
        depth++
        break
      case '}':
      case ']':
        if (--depth === 0) return { start: from, end: at + 1 }
        if (depth < 0) return { start: from, end: at } // a number or a word, and then its holder's end
        break
      case ',':
        if (depth === 0) return { start: from, end: at }
    }
  }
  return { start: from, end: json.length }
}

/** From quote to quote by the machine's own search: most of what is long is text without quotes. */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let before = at
    while (json.charCodeAt(before - 1) === BACKSLASH) before--
    if ((at - before) % 2 === 0) return at + 1
  }
  return json.length
}

function skipWhite(json: string, start: number): number {
  let at = start
  while (WHITE.includes(json[at] ?? '')) at++
  return at
}

function afterComma(json: string, start: number): number {
  const at = skipWhite(json, start)
  return json[at] === ',' ? skipWhite(json, at + 1) : at
}
