// Addresses around a tracker's catalogue: where it is, and which trackers a torrent may name that everybody can read.

/** As src/tracker/announce-path.ts reads it: private trackers know their users by a folder. */
const PASSKEY_FOLDER = /^\/[\w-]{8,64}(?=\/announce\/?$)/

/**
 * What `/catalogue` and `/announce` are appended to: the origin of the tracker, and the folder of a passkey if there is
 * one. `undefined` for what is no HTTP URL.
 */
export function catalogueBase(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, origin, pathname } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') return undefined
  return origin + (PASSKEY_FOLDER.exec(pathname)?.[0] ?? '')
}

/** Those that hold nobody's passkey: what else stands in a tracker's URL may be one, so only the bare forms are left. */
export function withoutPasskeys(trackers: readonly string[]): string[] {
  return trackers.filter((text) => {
    if (!URL.canParse(text)) return false
    const { username, password, pathname, search, hash } = new URL(text)
    return username + password + search + hash === '' && /^\/?(?:announce(?:\.php)?)?$/.test(pathname)
  })
}
