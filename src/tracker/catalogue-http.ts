// The catalogue over HTTP. Behind a passkey (`/passkey/catalogue`) all paths are the same, and all links keep it.
//
//   /catalogue                   POST a .torrent; GET with q, limit and offset: JSON
//   /catalogue/<info-hash>       GET one with its files; DELETE by its owner
//   /catalogue/<hash>.torrent    the file
//   /search, /rss, /torznab/api  the same for browsers, feed readers, and programs that search many trackers
import { createHash } from 'node:crypto'
import type http from 'node:http'
import { concatBytes, equalBytes, fromLatin1 } from '../core/bytes.ts'
import { AppError } from '../core/errors.ts'
import { type InfoHash, parseInfoHash } from '../core/ids.ts'
import { printable } from '../core/printable.ts'
import { numberField } from '../core/tracker/http-query.ts'
import { type Access, NO_SUCH_TORRENT } from './access.ts'
import { hostOf } from './announce-path.ts'
import type { Catalogue, CatalogueEntry } from './catalogue.ts'
import { PAGE_HEADERS, searchPage } from './catalogue-page.ts'
import type { CatalogueRefusal } from './catalogue-policy.ts'
import { jsonAnswer, NOT_LISTED, Publisher, type PublishParts, refusalOf, refusedAs } from './catalogue-publish.ts'
import { announceUrl, type Here, jsonOf, type ListedTorrent, listedTorrent } from './catalogue-view.ts'
import { hasOurCategory, rssFeed, torznabCaps, torznabError, torznabFeed } from './catalogue-xml.ts'
import type { HttpAnswer, HttpRoutes } from './http-front.ts'
import type { SwarmStore } from './store.ts'

export interface CatalogueParts extends PublishParts {
  /** Knows how many peers there are. */
  readonly store: SwarmStore
}

export type CatalogueAnswer = HttpAnswer

/** A call whose passkey is good. */
interface Call {
  readonly request: http.IncomingMessage
  readonly query: URLSearchParams
  readonly passkey: string | undefined
  readonly ip: Uint8Array
  readonly here: Here
}

const MAX_LIMIT = 100
const DEFAULT_LIMIT = 20
const MAX_QUERY_CHARACTERS = 1000

export function createCatalogueRoutes(parts: CatalogueParts): HttpRoutes {
  const routes = new Routes(parts)
  return (request, path, query, passkey, ip) => routes.answer(request, path, query, passkey, ip)
}

class Routes {
  readonly #catalogue: Catalogue
  readonly #access: Access
  readonly #store: SwarmStore
  readonly #publisher: Publisher
  readonly #hasPasskeys: boolean

  constructor(parts: CatalogueParts) {
    this.#catalogue = parts.catalogue
    this.#access = parts.access
    this.#store = parts.store
    this.#publisher = new Publisher(parts)
    this.#hasPasskeys = parts.policy.hasPasskeys
  }

  async answer(...[request, path, query, passkey, ip]: Parameters<HttpRoutes>): Promise<HttpAnswer | undefined> {
    const route = routeOf(path)
    if (route === undefined) return undefined
    const refuse = route.name === 'torznab' ? refusedAsTorznab : refusedAs
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '')
    if (!route.methods.includes(method)) return notAllowed(route.methods)
    const refusal = this.#access.refuse([], passkey, ip)
    if (refusal !== undefined) {
      if (method === 'POST') return this.#publisher.refuse(request, refusalOf(refusal))
      return refuse(refusalOf(refusal))
    }
    const here = { host: hostOf(request), prefix: passkey === undefined ? '' : `/${passkey}` }
    const call = { request, query: new URLSearchParams(query), passkey, ip, here }
    try {
      const answer = await this.#answerTo(route, method, call)
      return { ...answer, headers: { 'X-Content-Type-Options': 'nosniff', ...answer.headers } }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return refuse(error.code === 'disk-full' ? FULL : UNABLE)
    }
  }

  async #answerTo({ name, hash }: Route, method: string, call: Call): Promise<HttpAnswer> {
    switch (name) {
      case 'list':
        return method === 'POST' ? this.#publisher.publish(call.request, call) : this.#list(call)
      case 'entry':
        if (hash === undefined) return refusedAs(NOT_LISTED)
        return method === 'DELETE' ? this.#publisher.delete(call.request, hash, call) : this.#entry(hash, call)
      case 'torrent':
        return hash === undefined ? refusedAs(NOT_LISTED) : this.#torrent(hash, call)
      case 'search':
        return this.#page(call)
      case 'rss':
        return this.#rss(call)
      case 'torznab':
        return this.#torznab(call)
    }
  }

  async #list(call: Call): Promise<HttpAnswer> {
    const { total, torrents } = await this.#find(call, DEFAULT_LIMIT)
    return jsonAnswer(200, { total, torrents: torrents.map(jsonOf) })
  }

  async #entry(hash: InfoHash, call: Call): Promise<HttpAnswer> {
    const entry = this.#served(this.#catalogue.find(hash), call)
    if (entry === undefined) return refusedAs(NOT_LISTED)
    const paths = this.#catalogue.pathsOf(hash).map(({ path, sizeBytes }) => ({ path, size: sizeBytes }))
    const [torrent] = await this.#withPeers([entry], call)
    return torrent === undefined ? refusedAs(NOT_LISTED) : jsonAnswer(200, { ...jsonOf(torrent), paths })
  }

  #torrent(hash: InfoHash, call: Call): HttpAnswer {
    const entry = this.#served(this.#catalogue.find(hash), call)
    const bytes = entry && this.#catalogue.torrentOf(hash)
    if (entry === undefined || bytes === undefined) return refusedAs(NOT_LISTED)
    const name = encodeURIComponent(entry.name).replaceAll("'", '%27')
    const headers = {
      'Content-Disposition': `attachment; filename*=UTF-8''${name}.torrent`,
      'Cache-Control': 'no-cache',
    }
    return { status: 200, body: withAnnounce(bytes, call.here), type: 'application/x-bittorrent', headers }
  }

  async #page(call: Call): Promise<HttpAnswer> {
    const found = await this.#find(call, DEFAULT_LIMIT)
    const body = searchPage({ ...found, words: wordsOf(call), prefix: call.here.prefix })
    const headers = { ...PAGE_HEADERS, 'Cache-Control': 'no-store' }
    return { status: 200, body, type: 'text/html; charset=utf-8', headers }
  }

  /** Readers ask every few minutes for what rarely changes. */
  async #rss(call: Call): Promise<HttpAnswer> {
    const { torrents } = await this.#find(call, MAX_LIMIT)
    const body = rssFeed(torrents, wordsOf(call), call.here)
    const tag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`
    const headers = { ETag: tag, 'Cache-Control': `${this.#hasPasskeys ? 'private' : 'public'}, max-age=60` }
    if (isSameTag(call.request.headers['if-none-match'], tag)) return { status: 304, body: '', headers }
    return { status: 200, body, type: 'application/rss+xml; charset=utf-8', headers }
  }

  async #torznab(call: Call): Promise<HttpAnswer> {
    const asked = call.query.get('t') ?? ''
    if (asked === 'caps') return xmlAnswer(torznabCaps(MAX_LIMIT))
    if (asked === '') return xmlAnswer(torznabError(200, 'the parameter t is missing'))
    if (asked !== 'search') return xmlAnswer(torznabError(202, 'only t=caps and t=search are known here'))
    const isOurs = hasOurCategory((call.query.get('cat') ?? '').slice(0, MAX_QUERY_CHARACTERS))
    const found = isOurs ? await this.#find(call, MAX_LIMIT) : { torrents: [], total: 0, offset: 0 }
    return xmlAnswer(torznabFeed(found, call.here))
  }

  async #find(call: Call, defaultLimit: number) {
    const limit = Math.min(numberField(call.query.get('limit') ?? undefined) ?? defaultLimit, MAX_LIMIT)
    const offset = numberField(call.query.get('offset') ?? undefined) ?? 0
    const words = wordsOf(call)
    const catalogue = this.#catalogue
    const page = words === '' ? catalogue.newest(limit, offset) : catalogue.search(words, limit, offset)
    const torrents = await this.#withPeers(this.#allServed(page.entries, call), call)
    return { total: page.total, torrents, limit, offset }
  }

  /** One that came to the list of denied torrents after it was published is not shown. */
  #served(entry: CatalogueEntry | undefined, { passkey, ip }: Call): CatalogueEntry | undefined {
    return entry && this.#access.refuse([entry.infoHash], passkey, ip) === undefined ? entry : undefined
  }

  /** Asked one by one only if one of them is not served: each question may count as a call. */
  #allServed(entries: readonly CatalogueEntry[], call: Call): readonly CatalogueEntry[] {
    if (this.#access.isOpen || entries.length === 0) return entries
    const hashes = entries.map(({ infoHash }) => infoHash)
    const refusal = this.#access.refuse(hashes, call.passkey, call.ip)
    if (refusal === NO_SUCH_TORRENT) return entries.filter((entry) => this.#served(entry, call) !== undefined)
    return refusal === undefined ? entries : []
  }

  async #withPeers(entries: readonly CatalogueEntry[], { here }: Call): Promise<readonly ListedTorrent[]> {
    const counts = await this.#store.scrape(entries.map(({ infoHash }) => infoHash))
    return entries.map((entry, n) => listedTorrent(entry, counts[n], here))
  }
}

interface Route {
  readonly name: 'list' | 'entry' | 'torrent' | 'search' | 'rss' | 'torznab'
  readonly methods: readonly string[]
  readonly hash?: InfoHash | undefined
}

const READ = ['GET']
const PATHS: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/catalogue', { name: 'list', methods: ['GET', 'POST'] }],
  ['/search', { name: 'search', methods: READ }],
  ['/rss', { name: 'rss', methods: READ }],
  ['/torznab/api', { name: 'torznab', methods: READ }],
])

function routeOf(path: string): Route | undefined {
  if (!path.startsWith('/catalogue/')) return PATHS.get(path)
  const rest = path.slice('/catalogue/'.length)
  const isFile = rest.endsWith('.torrent')
  const hash = parseInfoHash(isFile ? rest.slice(0, -'.torrent'.length) : rest)
  return isFile ? { name: 'torrent', methods: READ, hash } : { name: 'entry', methods: ['GET', 'DELETE'], hash }
}

function wordsOf({ query }: Call): string {
  return printable((query.get('q') ?? '').slice(0, MAX_QUERY_CHARACTERS)).trim()
}

/**
 * Where the .torrent has no tracker it gets ours, with the passkey of whoever asks. `announce` is the first of all keys
 * that a torrent may have, so this is a cut behind the first letter.
 */
function withAnnounce(torrent: Uint8Array, here: Here): Uint8Array {
  const url = announceUrl(here)
  const first = fromLatin1('d8:announce')
  if (url === undefined || equalBytes(torrent.subarray(0, first.length), first)) return torrent
  return concatBytes([first, fromLatin1(`${url.length}:${url}`), torrent.subarray(1)])
}

/** RFC 9110, section 13.1.2. */
function isSameTag(header: string | undefined, tag: string): boolean {
  return (header ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === tag || one.trim() === '*')
}

function notAllowed(methods: readonly string[]): HttpAnswer {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  const answer = refusedAs({ status: 405, error: `only ${allowed.join(', ')} can be asked here` })
  return { ...answer, headers: { ...answer.headers, Allow: allowed.join(', ') } }
}

function xmlAnswer(body: string): HttpAnswer {
  return { status: 200, body, type: 'application/xml; charset=utf-8', headers: { 'Cache-Control': 'no-store' } }
}

/** Newznab's numbers; programs look for them before the status, if that is 200. */
function refusedAsTorznab({ status, error }: CatalogueRefusal): HttpAnswer {
  return xmlAnswer(torznabError(status === 403 ? 100 : status === 429 ? 500 : 900, error))
}

const FULL: CatalogueRefusal = { status: 507, error: 'the catalogue is full' }
const UNABLE: CatalogueRefusal = { status: 503, error: 'the catalogue cannot answer now', retryAfterSec: 60 }
