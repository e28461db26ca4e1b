// What the head of a request says: where it goes, `/announce` or `/passkey/announce` as private trackers have it, and
// whether it goes on as a WebSocket.
import type http from 'node:http'

export interface AnnouncePath {
  /** Without the passkey. */
  readonly path: string
  readonly passkey: string | undefined
}

/** `path` has no query. */
export function passkeyOf(path: string): AnnouncePath {
  const [, passkey, rest] = /^\/([\w-]{8,64})(\/(?:announce|scrape))$/.exec(path) ?? []
  return { path: rest ?? path, passkey }
}

/**
 * For `shouldUpgradeCallback` of an HTTP server with a WsFront: without it Node takes every request that offers any
 * upgrade from the HTTP front, and there are clients (Java's) that offer HTTP/2 with each request.
 */
export function isWebSocketUpgrade({ headers }: http.IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}
