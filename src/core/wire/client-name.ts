// What program a peer runs, for people to read (BEP 20). The name from the extension handshake, if there is one, is
// better: this is for peers that sent none.
import { toLatin1 } from '../bytes.ts'

/** Longest name shown; real ones are below 30. */
const MAX_NAME_CHARACTERS = 48

/** Azureus style, `-XX1234-`: the two letters. Common clients only; others are shown by their letters. */
const AZUREUS: ReadonlyMap<string, string> = new Map([
  ['7T', 'aTorrent'],
  ['A2', 'aria2'],
  ['AG', 'Ares'],
  ['AZ', 'Vuze'],
  ['BC', 'BitComet'],
  ['BI', 'BiglyBT'],
  ['BT', 'BitTorrent'],
  ['DE', 'Deluge'],
  ['FD', 'Free Download Manager'],
  ['FL', 'Folx'],
  ['FW', 'FrostWire'],
  ['GT', 'gotorrent'],
  ['KT', 'KTorrent'],
  ['LT', 'libtorrent'],
  ['MG', 'MediaGet'],
  ['PI', 'PicoTorrent'],
  ['SH', 'Shoal'],
  ['SZ', 'Shareaza'],
  ['TR', 'Transmission'],
  ['TX', 'Tixati'],
  ['UM', 'µTorrent Mac'],
  ['UT', 'µTorrent'],
  ['UW', 'µTorrent Web'],
  ['WW', 'WebTorrent'],
  ['WD', 'WebTorrent Desktop'],
  ['XL', 'Xunlei'],
  ['lt', 'rTorrent/libTorrent'], // the version is the library's
  ['qB', 'qBittorrent'],
  ['st', 'SharkTorrent'],
])

/** Mainline style, `M7-2-1--`: the letter. */
const MAINLINE: ReadonlyMap<string, string> = new Map([
  ['M', 'BitTorrent'],
  ['Q', 'Queen Bee'],
])

/** Name and version of a peer's client, such as "Transmission 4.0.6"; "unknown" if its id follows no known style. */
export function clientName(peerId: Uint8Array): string {
  const text = toLatin1(peerId)
  const azureus = /^-([A-Za-z0-9~][A-Za-z0-9~])([0-9A-Za-z]{4})-/.exec(text)
  if (azureus !== null) {
    const [, letters = '', digits = ''] = azureus
    return cleanName(`${AZUREUS.get(letters) ?? letters} ${versionOf(letters, digits)}`)
  }
  // aria2 writes its whole version: A2-1-36-0-
  const dashed = /^(A2|[A-Z])-?(\d{1,3})-(\d{1,3})-(\d{1,3})-/.exec(text)
  const name = dashed === null ? undefined : (AZUREUS.get(dashed[1] ?? '') ?? MAINLINE.get(dashed[1] ?? ''))
  return dashed === null || name === undefined ? 'unknown' : `${name} ${dashed.slice(2).join('.')}`
}

/** Text from a peer, safe to print: no control, format or direction characters, one line, cut to a sensible length. */
export function cleanName(text: string): string {
  const printable = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim()
  return Array.from(printable).slice(0, MAX_NAME_CHARACTERS).join('')
}

/** Four characters, one number each, 'A' for 10 and on. Two clients differ: Transmission below 4.0 and WebTorrent. */
function versionOf(letters: string, digits: string): string {
  const pairs = /^(\d\d)(\d\d)$/.exec(digits)
  if (pairs !== null && (letters === 'WW' || letters === 'WD')) return `${Number(pairs[1])}.${Number(pairs[2])}`
  if (letters === 'TR' && /^[0-3]\d{2}/.test(digits)) return `${digits[0]}.${digits.slice(1, 3)}`
  const numbers = Array.from(digits, (digit) => String(Number.parseInt(digit, 36)))
  while (numbers.length > 2 && numbers.at(-1) === '0') numbers.pop()
  return numbers.join('.')
}
