// What a QR code of a link says: all of it where a phone can read that, else what is needed to find the torrent.

/** A code of more modules is hardly read off a screen by a phone: 1,000 bytes are version 22, 105 modules. */
export const MOST_BYTES = 1_000

export interface QrText {
  readonly text: string
  /** Without trackers and name. */
  readonly isShort: boolean
}

/** `undefined`: even its shortest form has no room. */
export function qrText(link: string): QrText | undefined {
  if (fits(link)) return { text: link, isShort: false }
  if (!link.startsWith('magnet:?')) return undefined
  const topics = link
    .slice('magnet:?'.length)
    .split('&')
    .filter((part) => /^xt(\.\d+)?=/i.test(part))
  const text = `magnet:?${topics.join('&')}`
  return topics.length > 0 && fits(text) ? { text, isShort: true } : undefined
}

function fits(text: string): boolean {
  return new TextEncoder().encode(text).length <= MOST_BYTES
}

/** A path of an SVG with a square of 1 for each dark module. */
export function qrPath(modules: readonly (readonly boolean[])[]): string {
  return modules.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
}
