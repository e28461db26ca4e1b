// Where other machines of the local network find us: what a link without a tracker must say.
import { networkInterfaces } from 'node:os'
import { type Address, canonicalIp, isIPv6 } from '../core/address.ts'

/** A link with more becomes unwieldy; containers and VPNs add plenty. */
const MAX_ADDRESSES = 4

/** `listening`: addresses as the session holds them; wildcards stand for every interface. */
export function reachableAddresses(listening: readonly Address[]): readonly Address[] {
  const outward = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const found = listening.flatMap((address) => {
    if (address.ip !== '0.0.0.0' && address.ip !== '::') return [address]
    const ips = outward
      // Link-local IPv6 addresses mean nothing without the name of the reader's interface.
      .filter((one) => !one.internal && (one.family === 'IPv6') === isIPv6(address) && !one.address.startsWith('fe80:'))
      .flatMap((one) => canonicalIp(one.address) ?? [])
    return ips.map((ip) => ({ ip, port: address.port }))
  })
  const [first] = listening
  if (found.length === 0 && first !== undefined) return [{ ip: isIPv6(first) ? '::1' : '127.0.0.1', port: first.port }]
  return found.slice(0, MAX_ADDRESSES)
}
