// Network addresses of peers: text and the compact forms of BEP 23 (IPv4, 6 bytes) and BEP 7 (IPv6, 18 bytes).
import { readU16, readU8, writeU16 } from './bytes.ts'

/** `ip` is canonical text: dotted IPv4, or lower-case compressed IPv6 without brackets or zone. */
export interface Address {
  readonly ip: string
  readonly port: number
}

export function isIPv6(address: Address): boolean {
  return address.ip.includes(':')
}

/** `1.2.3.4:5` or `[::1]:5`: for people, and as a map key. */
export function printAddress(address: Address): string {
  return isIPv6(address) ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`
}

/** `undefined` unless the text is an IPv4 or bracketed IPv6 address with a port from 1 to 65535. */
export function parseAddress(text: string): Address | undefined {
  const address = parseListenAddress(text)
  return address?.port === 0 ? undefined : address
}

/** As an address, but port 0 is allowed: the system chooses one. */
export function parseListenAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const port = Number(match[3])
  const bytes = match[1] !== undefined ? parseIPv6(match[1]) : parseIPv4(match[2] ?? '')
  if (bytes === undefined || port > 65535) return undefined
  return { ip: printIp(bytes), port }
}

/** Canonical form of any IP text; IPv4-mapped IPv6 becomes plain IPv4. `undefined` if it is no IP address. */
export function canonicalIp(text: string): string | undefined {
  const zone = text.indexOf('%')
  const bytes = ipBytes(zone === -1 ? text : text.slice(0, zone))
  return bytes === undefined ? undefined : printIp(bytes)
}

/** 4 or 16 bytes of an IP text; IPv4-mapped IPv6 becomes 4 bytes. */
export function ipBytes(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text)
}

/** Text of 4 or 16 bytes. */
export function printIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(readU16(bytes, i))
  let bestStart = -1
  let bestLength = 1 // RFC 5952: a single zero group is not shortened
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > bestLength) {
      bestStart = start
      bestLength = length
    }
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  if (bestStart === -1) return hex(groups)
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`
}

/** Bytes of a compact peer: 6 for IPv4 (BEP 23), 18 for IPv6 (BEP 7). `address.ip` must be canonical. */
export function compactAddress(address: Address): Uint8Array {
  const ip = ipBytes(address.ip) ?? new Uint8Array(4)
  const compact = new Uint8Array(ip.length + 2)
  compact.set(ip)
  writeU16(compact, ip.length, address.port)
  return compact
}

/** Peers of a compact string; a last partial entry and port 0 are left out. `size` is 6 or 18. */
export function parseCompact(bytes: Uint8Array, size: 6 | 18): Address[] {
  const addresses: Address[] = []
  for (let at = 0; at + size <= bytes.length; at += size) {
    const port = readU16(bytes, at + size - 2)
    if (port !== 0) addresses.push({ ip: printIp(unmapped(bytes.subarray(at, at + size - 2))), port })
  }
  return addresses
}

export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1'
}

/** Addresses that are never a peer: unspecified, multicast, broadcast. */
export function isUndialable(ip: string): boolean {
  const bytes = ipBytes(ip)
  if (bytes === undefined) return true
  const first = readU8(bytes, 0)
  if (bytes.length === 4) return first === 0 || first >= 224
  return first === 0xff || bytes.every((byte) => byte === 0)
}

const DOT = 0x2e

function parseIPv4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4)
  let at = 0
  for (let part = 0; part < 4; part++) {
    const start = at
    let value = 0
    for (; at < text.length && at < start + 3; at++) {
      const digit = text.charCodeAt(at) - 0x30
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    // A leading zero is octal to some programs and decimal to others, so it is refused.
    if (at === start || value > 255 || (at > start + 1 && text.charCodeAt(start) === 0x30)) return undefined
    if (part < 3 && text.charCodeAt(at++) !== DOT) return undefined
    bytes[part] = value
  }
  return at === text.length ? bytes : undefined
}

function parseIPv6(text: string): Uint8Array | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  let hex = text
  if (tail !== null) {
    const v4 = parseIPv4(tail[2] ?? '')
    if (v4 === undefined) return undefined
    hex = `${tail[1]}${readU16(v4, 0).toString(16)}:${readU16(v4, 2).toString(16)}`
  }
  const halves = hex.split('::')
  if (halves.length > 2) return undefined
  const groupsOf = (half: string | undefined): string[] => (half === undefined || half === '' ? [] : half.split(':'))
  const head = groupsOf(halves[0])
  const rest = groupsOf(halves[1])
  const missing = 8 - head.length - rest.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...rest]
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  const bytes = new Uint8Array(16)
  groups.forEach((group, i) => writeU16(bytes, i * 2, Number.parseInt(group, 16)))
  return unmapped(bytes)
}

/** ::ffff:a.b.c.d is the IPv4 host a.b.c.d: one peer must not count twice. */
function unmapped(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 16 || readU8(bytes, 10) !== 0xff || readU8(bytes, 11) !== 0xff) return bytes
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return bytes
  return bytes.subarray(12)
}
