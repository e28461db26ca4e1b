// The built page: a folder with an index.html, and assets whose names mostly change with what is in them. Only names that
// were found by listing the folder are ever opened, so no path from outside leads anywhere else.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'

/** The same from src/ and from dist/. */
export const PAGE_FOLDER: string = join(import.meta.dirname, '../../dist/page')

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}
/** esbuild's names: eight letters of base32 before the extension. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/
/** What a compressed file has behind its name, the smallest first. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly encoding: 'br' | 'gzip' | undefined
  readonly etag: string
  /** It never changes: what is new has another name. */
  readonly isHashed: boolean
}

export class PageFiles {
  readonly #folder: string
  #names: ReadonlySet<string> = new Set()
  #listing: Promise<void> | undefined

  constructor(folder: string = PAGE_FOLDER) {
    this.#folder = folder
  }

  /** `name`: `index.html`, or `assets/…`. What is missing is looked for again: the page may have been built anew. */
  async find(name: string, acceptEncoding: string): Promise<PageFile | undefined> {
    const found = await this.#read(name, acceptEncoding)
    if (found !== undefined) return found
    await this.#list()
    return this.#read(name, acceptEncoding)
  }

  async #read(name: string, acceptEncoding: string): Promise<PageFile | undefined> {
    const type = TYPES[extname(name)]
    if (type === undefined || !this.#names.has(name)) return undefined
    const encoded = ENCODINGS.find(([word, end]) => accepts(acceptEncoding, word) && this.#names.has(name + end))
    const [encoding, end = ''] = encoded ?? []
    let bytes: Uint8Array<ArrayBuffer>
    try {
      bytes = await readFile(join(this.#folder, name + end))
    } catch {
      return undefined // a build took it away
    }
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
    return { bytes, type, encoding, etag, isHashed: HASHED.test(name) }
  }

  /** Once for all who wait for it. */
  #list(): Promise<void> {
    this.#listing ??= this.#listNow().finally(() => (this.#listing = undefined))
    return this.#listing
  }

  async #listNow(): Promise<void> {
    const [top, assets] = await Promise.all(['', 'assets/'].map((prefix) => filesIn(this.#folder, prefix)))
    this.#names = new Set([...(top ?? []), ...(assets ?? [])])
  }
}

/** None where there is no such folder. */
async function filesIn(folder: string, prefix: string): Promise<string[]> {
  try {
    const entries = await readdir(join(folder, prefix), { withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map(({ name }) => prefix + name)
  } catch {
    return [] // not built
  }
}

/** RFC 9110, section 12.5.3, without its asterisk and its preferences. */
function accepts(header: string, encoding: string): boolean {
  return header.split(',').some((part) => {
    const [word = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    return word === encoding && !parameters.some((text) => /^q=0(\.0*)?$/.test(text))
  })
}
