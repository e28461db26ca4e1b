// Whether peers from outside can connect, as a sentence: what is known, and what to do.
import { isLoopback } from '../core/address.ts'
import type { Session } from '../engine/session.ts'

export function reachableWhy({
  addresses,
  port,
  wasReached,
}: Pick<Session, 'addresses' | 'port' | 'wasReached'>): string {
  if (wasReached) return `Peers from outside connect to port ${port}.`
  if (addresses.length === 0)
    return 'No port is open for peers: say where with the setting "listen", and start the daemon again.'
  if (addresses.every(({ ip }) => isLoopback(ip))) {
    return 'Only programs of this machine can connect: the setting "listen" names no other address.'
  }
  const way = `forward port ${port} (TCP) to this machine in the router`
  return `Nobody has connected from outside yet: if it stays so, ${way}.`
}
