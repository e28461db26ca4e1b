// The tracker over HTTP: /announce (BEP 3, 7, 23, 24, 31), /scrape (BEP 48), a status page at / and /metrics. Failures are bencoded
// and sent with status 200, because many clients read no other.
import http from 'node:http'
import { isFailure } from '../core/tracker/announce.ts'
import { parseAnnounceQuery, writeAnnounceAnswer, writeFailure } from '../core/tracker/http-announce.ts'
import { parseScrapeQuery, writeScrapeAnswer } from '../core/tracker/http-scrape.ts'
import type { Access, Refusal } from './access.ts'
import { type TrackerLogic, sourceIp } from './logic.ts'
import { metricsText, statusPage, statusText, type TrackerFigures } from './status.ts'

export interface HttpFrontLimits {
  /** From the first byte of a request to its last; a client that trickles its headers is cut off then. */
  readonly requestMs: number
  /** How long a connection may idle between requests. */
  readonly idleMs: number
  /** Request line and headers: a scrape of 74 torrents takes 5,300 bytes. */
  readonly headerBytes: number
  readonly connections: number
}

export const DEFAULT_HTTP_FRONT_LIMITS: HttpFrontLimits = {
  requestMs: 10_000,
  idleMs: 10_000,
  headerBytes: 16_384,
  connections: 4_000,
}

/** A server that is not listening yet. `figures` are what `/` and `/metrics` show. */
export function createHttpFront(
  logic: TrackerLogic,
  access: Access,
  limits: HttpFrontLimits,
  figures: () => Promise<TrackerFigures>,
): http.Server {
  const server = http.createServer(
    {
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.ceil(limits.requestMs / 4),
      keepAliveTimeout: limits.idleMs,
      maxHeaderSize: limits.headerBytes,
    },
    (request, response) => {
      answer(logic, access, figures, request).then(
        ({ status, body, type }) => send(request, response, status, body, type),
        () => send(request, response, 200, writeFailure('the tracker cannot answer now')),
      )
    },
  )
  server.maxConnections = limits.connections
  // A connection that never sends a byte is no request yet, so the limits above do not see it.
  server.setTimeout(limits.requestMs + limits.idleMs)
  return server
}

interface Answer {
  readonly status: number
  readonly body: Uint8Array | string
  /** Absent: plain text. */
  readonly type?: string
}

async function answer(
  logic: TrackerLogic,
  access: Access,
  figures: () => Promise<TrackerFigures>,
  request: http.IncomingMessage,
): Promise<Answer> {
  const url = request.url ?? ''
  const question = url.indexOf('?')
  const { path, passkey } = splitPasskey(question === -1 ? url : url.slice(0, question))
  const query = question === -1 ? '' : url.slice(question + 1)
  const ip = sourceIp(request.socket.remoteAddress)
  if (request.method !== 'GET' || ip === undefined) return NOT_FOUND
  switch (path) {
    case '/announce': {
      const announce = parseAnnounceQuery(query)
      if (isFailure(announce)) return { status: 200, body: writeFailure(announce.failure) }
      const refusal = access.refuse([announce.infoHash], passkey, ip)
      if (refusal !== undefined) return refused(refusal)
      return { status: 200, body: writeAnnounceAnswer(await logic.announce(announce, ip, 'http'), announce.compact) }
    }
    case '/scrape': {
      const scrape = parseScrapeQuery(query)
      if (isFailure(scrape)) return { status: 200, body: writeFailure(scrape.failure) }
      const refusal = access.refuse(scrape.infoHashes, passkey, ip)
      if (refusal !== undefined) return refused(refusal)
      return { status: 200, body: writeScrapeAnswer(scrape.infoHashes, await logic.scrape(scrape.infoHashes)) }
    }
    case '/':
      return statusOf(await figures(), request)
    case '/metrics':
      return { status: 200, body: metricsText(await figures()) }
  }
  return NOT_FOUND
}

/** A page for browsers, a few lines for others. */
function statusOf(figures: TrackerFigures, { headers }: http.IncomingMessage): Answer {
  if (headers.accept?.includes('text/html') !== true) return { status: 200, body: statusText(figures) }
  const host = /^[\w.:[\]-]{1,255}$/.test(headers.host ?? '') ? (headers.host ?? '') : 'this-host'
  return { status: 200, body: statusPage(figures, host), type: 'text/html; charset=utf-8' }
}

/** `/passkey/announce`, as private trackers have it. */
function splitPasskey(path: string): { readonly path: string; readonly passkey: string | undefined } {
  const [, passkey, rest] = /^\/([\w-]{8,64})(\/(?:announce|scrape))$/.exec(path) ?? []
  return { path: rest ?? path, passkey }
}

function refused({ failure, retryIn }: Refusal): Answer {
  return { status: 200, body: writeFailure(failure, retryIn) }
}

const NOT_FOUND: Answer = { status: 404, body: 'There is a tracker here: /announce and /scrape.\n' }

function send(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  status: number,
  body: Uint8Array | string,
  type = 'text/plain; charset=utf-8',
): void {
  response.sendDate = false
  const headers: Record<string, string | number> = {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
  }
  // What asks in another way may have a body, which nobody here reads.
  if (request.method !== 'GET') headers['Connection'] = 'close'
  response.writeHead(status, headers).end(body)
}
