// The management API: what whoever has the token can ask of a running tracker. docs/protocols/tracker.md describes it.
//
//   GET          /manage/stats
//   GET          /manage/lists/<list>             allowed, denied or passkeys
//   PUT, DELETE  /manage/lists/<list>/<entry>
//   POST         /manage/reload
//   DELETE       /manage/catalogue/<info-hash>, /manage/torrents/<info-hash>
import { isUtf8 } from 'node:buffer'
import type http from 'node:http'
import { AppError, type ErrorCode } from '../core/errors.ts'
import { type InfoHash, parseInfoHash } from '../core/ids.ts'
import { numberField } from '../core/tracker/http-query.ts'
import { monotonicMs } from '../io/clock.ts'
import type { AccessEditor } from './access-editor.ts'
import { LIST_NAMES, type ListName } from './access-lists.ts'
import type { Catalogue } from './catalogue.ts'
import { jsonAnswer, NOT_LISTED, readBody, refusedAs } from './catalogue-publish.ts'
import type { HttpAnswer, HttpRoutes } from './http-front.ts'
import { TokenGate } from './manage-token.ts'
import type { TrackerFigures } from './status.ts'
import type { SwarmStore } from './store.ts'

export interface ManagementParts {
  readonly token: string
  readonly editor: AccessEditor
  readonly store: SwarmStore
  readonly catalogue: Catalogue | undefined
  readonly figures: () => Promise<TrackerFigures>
  /** Has all threads read the lists again. */
  readonly reload: () => Promise<void>
  /** From the head of a call to the end of its body; 10,000 by default. */
  readonly bodyMs?: number
  /** A clock that never goes back. */
  readonly nowMs?: () => number
}

interface Call {
  readonly request: http.IncomingMessage
  readonly query: URLSearchParams
}

type Action = (call: Call) => Promise<HttpAnswer>
/** By method. */
type Actions = ReadonlyMap<string, Action>

const BODY_MS = 10_000
const MAX_BODY_BYTES = 65_536
/** Of a list, in one answer. */
const MAX_ENTRIES = 10_000

export function createManagementRoutes(parts: ManagementParts): HttpRoutes {
  const management = new Management(parts)
  return (request, path, query, _passkey, ip) => management.answer(request, path, query, ip)
}

class Management {
  readonly #parts: ManagementParts
  readonly #gate: TokenGate
  readonly #nowMs: () => number

  constructor(parts: ManagementParts) {
    this.#parts = parts
    this.#gate = new TokenGate(parts.token)
    this.#nowMs = parts.nowMs ?? monotonicMs
  }

  async answer(
    request: http.IncomingMessage,
    path: string,
    query: string,
    ip: Uint8Array,
  ): Promise<HttpAnswer | undefined> {
    if (path !== '/manage' && !path.startsWith('/manage/')) return undefined
    const refusal = this.#refuse(request, ip)
    if (refusal !== undefined) return refusal
    const actions = this.#actionsAt(path.split('/').slice(2))
    if (actions === undefined) return refusedAs({ status: 404, error: 'there is nothing of this name to manage' })
    const action = actions.get(request.method === 'HEAD' ? 'GET' : (request.method ?? ''))
    if (action === undefined) return notAllowed(actions)
    try {
      return await action({ request, query: new URLSearchParams(query) })
    } catch (error) {
      if (error instanceof AppError) return refusedAs({ status: STATUSES[error.code] ?? 422, error: error.message })
      return refusedAs({ status: 500, error: 'the tracker has a fault: it could not do that' })
    }
  }

  #refuse({ headers }: http.IncomingMessage, ip: Uint8Array): HttpAnswer | undefined {
    if (headers.origin !== undefined) return refusedAs({ status: 403, error: 'no page may manage a tracker' })
    switch (this.#gate.judge(headers.authorization, ip, this.#nowMs())) {
      case 'right':
        return undefined
      case 'missing':
        return unauthorized('the header "Authorization: Bearer" with the token of this tracker is missing')
      case 'wrong':
        return unauthorized('that is not the token of this tracker')
      case 'too-often':
        return refusedAs({ status: 429, error: 'too many wrong tokens came from your address', retryAfterSec: 60 })
    }
  }

  /** `names`: those of the path, behind `/manage`. */
  #actionsAt(names: readonly string[]): Actions | undefined {
    const [what, name = '', entry = ''] = names
    const list = LIST_NAMES.find((one) => one === name)
    switch (`${what} ${names.length}`) {
      case 'stats 1':
        return new Map([['GET', () => this.#stats()]])
      case 'reload 1':
        return new Map([['POST', () => this.#reload()]])
      case 'lists 2':
        return list && new Map<string, Action>([['GET', (call) => this.#list(list, call)]])
      case 'lists 3':
        return (
          list &&
          new Map<string, Action>([
            ['PUT', (call) => this.#add(list, entry, call)],
            ['DELETE', () => this.#remove(list, entry)],
          ])
        )
      case 'catalogue 2':
        return new Map([['DELETE', () => this.#unlist(name)]])
      case 'torrents 2':
        return new Map([['DELETE', () => this.#forget(name)]])
      default:
        return undefined
    }
  }

  async #stats(): Promise<HttpAnswer> {
    return jsonAnswer(200, { ...(await this.#parts.figures()), memory_bytes: process.memoryUsage.rss() })
  }

  async #reload(): Promise<HttpAnswer> {
    await this.#parts.reload()
    return DONE
  }

  async #list(list: ListName, { query }: Call): Promise<HttpAnswer> {
    if (!this.#parts.editor.has(list)) return withoutList(list)
    const entries = await this.#parts.editor.entries(list)
    const offset = numberField(query.get('offset') ?? undefined) ?? 0
    const limit = Math.min(numberField(query.get('limit') ?? undefined) ?? MAX_ENTRIES, MAX_ENTRIES)
    return jsonAnswer(200, { total: entries.length, entries: entries.slice(offset, offset + limit) })
  }

  async #add(list: ListName, entry: string, { request }: Call): Promise<HttpAnswer> {
    if (!this.#parts.editor.has(list)) return withoutList(list)
    const note = await this.#noteOf(request)
    if (typeof note !== 'string') return note
    await this.#parts.editor.add(list, { entry, note })
    return DONE
  }

  async #remove(list: ListName, entry: string): Promise<HttpAnswer> {
    if (!this.#parts.editor.has(list)) return withoutList(list)
    if (await this.#parts.editor.remove(list, entry)) return DONE
    return refusedAs({ status: 404, error: 'that is not in the list' })
  }

  async #unlist(name: string): Promise<HttpAnswer> {
    const { catalogue } = this.#parts
    if (catalogue === undefined) return refusedAs({ status: 409, error: 'this tracker has no catalogue' })
    const hash = hashOf(name)
    if (catalogue.find(hash) === undefined) return refusedAs(NOT_LISTED)
    catalogue.remove(hash)
    return DONE
  }

  async #forget(name: string): Promise<HttpAnswer> {
    await this.#parts.store.forget(hashOf(name))
    return DONE
  }

  /** The body; who comes so far has the token, so how many are read at once is bounded by the connections only. */
  async #noteOf(request: http.IncomingMessage): Promise<string | HttpAnswer> {
    const { headers } = request
    if (headers['transfer-encoding'] !== undefined) return refusedAs({ status: 411, error: 'the length must be given' })
    const length = Number(headers['content-length'] ?? 0)
    if (length > MAX_BODY_BYTES) return refusedAs({ status: 413, error: `a note may have ${MAX_BODY_BYTES} bytes` })
    const body = new Uint8Array(length)
    if (!(await readBody(request, body, this.#parts.bodyMs ?? BODY_MS))) {
      return refusedAs({ status: 408, error: 'the note came too slowly' })
    }
    if (!isUtf8(body)) return refusedAs({ status: 422, error: 'a note is text in UTF-8' })
    return Buffer.from(body).toString().trim()
  }
}

/** What failed in the world; whatever is not here, such as a list that cannot be read, has to be mended by the operator. */
const STATUSES: Readonly<Partial<Record<ErrorCode, number>>> = {
  'disk-full': 507,
  busy: 503,
  network: 503,
  'bad-answer': 503,
}

const DONE: HttpAnswer = { status: 204, body: '', headers: { 'Cache-Control': 'no-store' } }

/** Throws AppError. */
function hashOf(name: string): InfoHash {
  const hash = parseInfoHash(name)
  if (hash === undefined) throw new AppError('usage', 'expected an info-hash of 40 hex digits')
  return hash
}

const LIST_OPTIONS: Readonly<Record<ListName, string>> = {
  allowed: '--allow',
  denied: '--deny',
  passkeys: '--passkeys',
}

function withoutList(list: ListName): HttpAnswer {
  return refusedAs({ status: 409, error: `this tracker was started without that list (${LIST_OPTIONS[list]})` })
}

function unauthorized(error: string): HttpAnswer {
  const answer = refusedAs({ status: 401, error })
  return { ...answer, headers: { ...answer.headers, 'WWW-Authenticate': 'Bearer' } } // RFC 9110, section 11.6.1
}

function notAllowed(actions: Actions): HttpAnswer {
  const allowed = [...actions.keys()].join(', ')
  const answer = refusedAs({ status: 405, error: `only ${allowed} can be asked here` })
  return { ...answer, headers: { ...answer.headers, Allow: allowed } }
}
