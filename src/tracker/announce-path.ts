// What the head of a request says: where it goes, `/announce` or `/passkey/announce` as private trackers have it, how it
// calls us, and whether it goes on as a WebSocket.
import type http from 'node:http'

export interface AnnouncePath {
  /** Without the passkey. */
  readonly path: string
  readonly passkey: string | undefined
}

const WITH_PASSKEY = /^\/([\w-]{8,64})(\/(?:announce|scrape|catalogue(?:\/[^/]*)?|rss|search|torznab\/api))$/

/** `path` has no query. */
export function passkeyOf(path: string): AnnouncePath {
  const [, passkey, rest] = WITH_PASSKEY.exec(path) ?? []
  return { path: rest ?? path, passkey }
}

/** Name or address and perhaps a port, of characters that need no escapes anywhere; `undefined` for anything else. */
export function hostOf({ headers: { host } }: http.IncomingMessage): string | undefined {
  return host !== undefined && /^[\w.:[\]-]{1,255}$/.test(host) ? host : undefined
}

/**
 * For `shouldUpgradeCallback` of an HTTP server with a WsFront: without it Node takes every request that offers any
 * upgrade from the HTTP front, and there are clients (Java's) that offer HTTP/2 with each request.
 */
export function isWebSocketUpgrade({ headers }: http.IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}
