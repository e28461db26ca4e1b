// How near an IP address is: out in the Internet, in the local network, or this very host. URLs of .torrent files are
// written by strangers, who must not reach inwards with them.
import { canonicalIp, ipBytes } from './address.ts'

/** From the outside inwards. */
const LOCALITIES = ['public', 'private', 'host'] as const
export type Locality = (typeof LOCALITIES)[number]

/** RFC 1918, 4193 and 6598 are private; loopback, link-local (cloud metadata) and unspecified addresses are this host. */
export function localityOf(ip: string): Locality {
  const bytes = ipBytes(canonicalIp(ip) ?? '')
  const [first, second] = bytes ?? []
  if (bytes === undefined || first === undefined || second === undefined) return 'host'
  if (bytes.length === 4) {
    if (first === 0 || first === 127 || (first === 169 && second === 254)) return 'host'
    const isPrivate = first === 10 || (first === 172 && second >> 4 === 1) || (first === 192 && second === 168)
    return isPrivate || (first === 100 && second >> 6 === 1) ? 'private' : 'public'
  }
  if (bytes.subarray(0, 15).every((byte) => byte === 0) || (first === 0xfe && second >> 6 === 2)) return 'host'
  return first >> 1 === 0x7e ? 'private' : 'public'
}

/** The nearest kind among several addresses of one name. */
export function mostLocal(ips: readonly string[]): Locality {
  return LOCALITIES[Math.max(...ips.map((ip) => LOCALITIES.indexOf(localityOf(ip))))] ?? 'host'
}

/** Does a step from one kind of address to the other lead inwards? */
export function isInward(from: Locality, to: Locality): boolean {
  return LOCALITIES.indexOf(to) > LOCALITIES.indexOf(from)
}
