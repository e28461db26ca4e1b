// Finding by words: in the catalogues of the trackers of the settings, and in what trusted contacts share.
import { AppError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { MAX_FOUND } from '../core/tracker/catalogue-answer.ts'
import { catalogueBase } from '../core/tracker/catalogue-url.ts'
import type { Contact } from '../direct/contacts.ts'
import type { Direct } from '../direct/direct.ts'
import { searchCatalogue } from '../io/catalogue-client.ts'
import type { FoundRow, SearchSource } from './rpc/page-types.ts'

export interface SearchOptions {
  /** Announce URLs. */
  readonly trackers: () => readonly string[]
  readonly direct: () => Direct | undefined
  /** Default: ANSWER_MS. */
  readonly answerMs?: number
}

/** Somebody waits for it. */
const ANSWER_MS = 5_000
/** What stops searches from piling up, those included that were given up and still wait for an answer. */
const MAX_UNDER_WAY = 8

export class Search {
  readonly #options: SearchOptions
  #underWay = 0

  constructor(options: SearchOptions) {
    this.#options = options
  }

  /** Whom `find` may ask. */
  sources(): SearchSource[] {
    const trackers = this.#bases().map((id): SearchSource => ({ kind: 'tracker', name: new URL(id).host, id }))
    const contacts = this.#contacts().map((one): SearchSource => ({ kind: 'contact', name: one.name, id: idOf(one) }))
    return [...trackers, ...contacts]
  }

  /** The tracker's catalogue that a source stands for. Throws AppError 'not-found'. */
  catalogueOf(id: string): string {
    const base = this.#bases().find((one) => one === id)
    if (base === undefined) throw noSource(id)
    return base
  }

  /** Without words a tracker's newest. Throws AppError: 'not-found', 'busy', 'timeout', or what the source says. */
  async find(id: string, words: string, limit: number): Promise<readonly FoundRow[]> {
    const contact = this.#contacts().find((one) => idOf(one) === id)
    const base = contact === undefined ? this.catalogueOf(id) : ''
    if (this.#underWay >= MAX_UNDER_WAY) {
      throw new AppError('busy', `${MAX_UNDER_WAY} searches are under way: wait until they have ended`)
    }
    const { answerMs = ANSWER_MS } = this.#options
    const late = AbortSignal.timeout(answerMs)
    const name = contact?.name ?? new URL(base).host
    const noAnswer = new Promise<never>((_, reject) => {
      const error = new AppError('timeout', `${name} gave no answer within ${answerMs / 1000} seconds`)
      late.addEventListener('abort', () => reject(error), { once: true })
    })
    this.#underWay++
    const answer = contact === undefined ? inCatalogue(base, words, limit, late) : this.#atContact(contact, words)
    const ended = (): void => void this.#underWay--
    answer.then(ended, ended)
    return (await Promise.race([answer, noAnswer])).slice(0, limit)
  }

  async #atContact(contact: Contact, words: string): Promise<readonly FoundRow[]> {
    const files = (await this.#options.direct()?.filesOf(contact, words, '')) ?? []
    return files.map(({ path, size }) => ({
      name: printable(path.split('/').at(-1) ?? path),
      size_bytes: size,
      file_count: 1,
      seeders: null,
      leechers: null,
      hash_string: null,
      path,
    }))
  }

  #bases(): string[] {
    return [...new Set(this.#options.trackers().flatMap((url) => catalogueBase(url) ?? []))]
  }

  #contacts(): Contact[] {
    const all = this.#options.direct()?.contacts.all() ?? []
    return all.filter(({ isKept, isShoal, trust }) => isKept && isShoal && trust === 'trusted')
  }
}

async function inCatalogue(base: string, words: string, limit: number, signal: AbortSignal): Promise<FoundRow[]> {
  const { torrents } = await searchCatalogue({ base, signal }, words, Math.min(limit, MAX_FOUND))
  return torrents.map(({ name, sizeBytes, fileCount, seeders, leechers, hash }) => ({
    name,
    size_bytes: sizeBytes,
    file_count: fileCount,
    seeders,
    leechers,
    hash_string: hash,
    path: null,
  }))
}

function idOf({ id }: Contact): string {
  return `contact:${id}`
}

function noSource(id: string): AppError {
  const way = 'shoal_search_sources tells them; trackers stand in the setting "trackers"'
  return new AppError('not-found', `there is no source ${JSON.stringify(id)} to search: ${way}`)
}
