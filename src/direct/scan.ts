// Who is nearby where multicast does not get through: every address of the networks that this machine is in is called
// (LocalSend protocol v2.1, section 3.2).
import { networkInterfaces } from 'node:os'
import type { Address } from '../core/address.ts'
import type { Contact } from './contacts.ts'
import { DEFAULT_PORT } from './protocol.ts'

/** Calls under way: a home network is through in some seconds, and nobody's connection table is filled. */
const AT_ONCE = 32

/** Of each private IPv4 network the 254 addresses around our own, without ours. */
export function addressesNearby(interfaces = networkInterfaces(), port = DEFAULT_PORT): Address[] {
  const own = Object.values(interfaces)
    .flatMap((all) => all ?? [])
    .filter(({ family, internal, address }) => family === 'IPv4' && !internal && isPrivate(address))
    .map(({ address }) => address)
  const networks = new Set(own.map((ip) => ip.replace(/\.\d+$/, '')))
  const hosts = Array.from({ length: 254 }, (_, n) => n + 1)
  const all = [...networks].flatMap((network) => hosts.map((host) => `${network}.${host}`))
  return all.filter((ip) => !own.includes(ip)).map((ip) => ({ ip, port }))
}

/** RFC 1918, and link-local addresses (RFC 3927). Nobody else's network is called. */
function isPrivate(ip: string): boolean {
  return /^(10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./.test(ip)
}

/** Calls all of them; `find` says who is there. */
export async function scan(
  addresses: readonly Address[],
  find: (address: Address) => Promise<Contact | undefined>,
  met: (contact: Contact) => void,
): Promise<void> {
  const next = addresses[Symbol.iterator]()
  const lane = async (): Promise<void> => {
    for (const address of next) {
      const contact = await find(address)
      if (contact !== undefined) met(contact)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}
