// The tracker over HTTP: /announce (BEP 3, 7, 23, 24, 31), /scrape (BEP 48), a status page at / and /metrics. Failures are bencoded
// and sent with status 200, because many clients read no other.
import type http from 'node:http'
import { isFailure } from '../core/tracker/announce.ts'
import { parseAnnounceQuery, writeAnnounceAnswer, writeFailure } from '../core/tracker/http-announce.ts'
import { parseScrapeQuery, writeScrapeAnswer } from '../core/tracker/http-scrape.ts'
import type { Access, Refusal } from './access.ts'
import { hostOf, isWebSocketUpgrade, passkeyOf } from './announce-path.ts'
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
  connections: 20_000,
}

export interface HttpAnswer {
  readonly status: number
  readonly body: Uint8Array | string
  /** Absent: plain text. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers further paths, given without their query and passkey; `undefined`: not this one. `ip`: 4 or 16 bytes. */
export type HttpRoutes = (
  request: http.IncomingMessage,
  path: string,
  query: string,
  passkey: string | undefined,
  ip: Uint8Array,
) => Promise<HttpAnswer | undefined>

interface FurtherRoutes {
  readonly catalogue: HttpRoutes | undefined
  readonly management: HttpRoutes | undefined
}

/** A server that is not listening yet. `figures` are what `/` and `/metrics` show. */
export function createHttpFront(
  logic: TrackerLogic,
  access: Access,
  limits: HttpFrontLimits,
  figures: () => Promise<TrackerFigures>,
  catalogue?: HttpRoutes,
  management?: HttpRoutes,
): http.Server {
  // An import of node:http makes all its exports, a WebSocket client among them: 13 MB more than this.
  const server = process.getBuiltinModule('node:http').createServer(
    {
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.ceil(limits.requestMs / 4),
      keepAliveTimeout: limits.idleMs,
      maxHeaderSize: limits.headerBytes,
      shouldUpgradeCallback: isWebSocketUpgrade,
    },
    (request, response) => {
      answer(logic, access, figures, { catalogue, management }, request).then(
        (given) => send(request, response, given),
        () => send(request, response, { status: 200, body: writeFailure('the tracker cannot answer now') }),
      )
    },
  )
  server.maxConnections = limits.connections
  // A connection that never sends a byte is no request yet, so the limits above do not see it.
  server.setTimeout(limits.requestMs + limits.idleMs)
  return server
}

async function answer(
  logic: TrackerLogic,
  access: Access,
  figures: () => Promise<TrackerFigures>,
  { catalogue, management }: FurtherRoutes,
  request: http.IncomingMessage,
): Promise<HttpAnswer> {
  const url = request.url ?? ''
  const question = url.indexOf('?')
  const { path, passkey } = passkeyOf(question === -1 ? url : url.slice(0, question))
  const query = question === -1 ? '' : url.slice(question + 1)
  const ip = sourceIp(request.socket.remoteAddress)
  if (ip === undefined) return NOT_FOUND
  if (path !== '/announce' && path !== '/scrape') {
    const routed =
      (await catalogue?.(request, path, query, passkey, ip)) ?? (await management?.(request, path, query, passkey, ip))
    if (routed !== undefined) return routed
  }
  if (request.method !== 'GET') return NOT_FOUND
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
      return statusOf(await figures(), request, catalogue !== undefined)
    case '/metrics':
      return { status: 200, body: metricsText(await figures()) }
  }
  return NOT_FOUND
}

/** A page for browsers, a few lines for others. */
function statusOf(figures: TrackerFigures, request: http.IncomingMessage, hasCatalogue: boolean): HttpAnswer {
  if (request.headers.accept?.includes('text/html') !== true) return { status: 200, body: statusText(figures) }
  const body = statusPage(figures, hostOf(request) ?? 'this-host', hasCatalogue)
  return { status: 200, body, type: 'text/html; charset=utf-8' }
}

function refused({ failure, retryIn }: Refusal): HttpAnswer {
  return { status: 200, body: writeFailure(failure, retryIn) }
}

const NOT_FOUND: HttpAnswer = { status: 404, body: 'There is a tracker here: /announce and /scrape.\n' }

function send(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { status, body, type = 'text/plain; charset=utf-8', headers: further }: HttpAnswer,
): void {
  response.sendDate = false
  const headers: Record<string, string | number> = { ...further }
  // RFC 9110, section 8.6: these two have no body, and no length either.
  if (status !== 204 && status !== 304) {
    headers['Content-Type'] = type
    headers['Content-Length'] = Buffer.byteLength(body)
  }
  // What asks in another way may have a body, which nobody has read to its end.
  if (request.method !== 'GET') headers['Connection'] = 'close'
  response.writeHead(status, headers).end(body)
}
