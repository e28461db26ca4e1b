// Who calls us: the address, and the certificate that proves who it is. Who has none is who he claims to be, unproven.
import type { TLSSocket } from 'node:tls'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { canonicalIp, ipBytes } from '../core/address.ts'
import type { CallsPerMinute } from '../core/calls-per-minute.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Contact, Contacts } from './contacts.ts'
import { fingerprintOf } from './identity.ts'
import { type Device, SHOAL_MODEL } from './protocol.ts'

export type Bindings = { Bindings: HttpBindings }

export const SMALL_BODY_BYTES = 256 * 1024

/** What a status says to who made an offer. */
export const MESSAGES: Readonly<Record<number, string>> = {
  403: 'Rejected',
  409: 'An offer of yours waits already',
  429: 'Too many offers wait',
  500: 'There is no room for it',
}

export function remoteIp(context: Context<Bindings>): string {
  return canonicalIp(context.env.incoming.socket.remoteAddress ?? '') ?? ''
}

/** Of the certificate that the caller showed, and so has the key of. */
export function provenFingerprint(context: Context<Bindings>): string | undefined {
  const der = (context.env.incoming.socket as Partial<TLSSocket>).getPeerX509Certificate?.()?.raw
  return der === undefined ? undefined : fingerprintOf(der)
}

export function contactOf(context: Context<Bindings>, contacts: Contacts): Contact | undefined {
  const fingerprint = provenFingerprint(context)
  return fingerprint === undefined ? undefined : contacts.byFingerprint(fingerprint)
}

/** Notes who is there. `undefined`: blocked, or nobody, or ourselves. */
export function meet(context: Context<Bindings>, contacts: Contacts, device: Device, own: Device): Contact | undefined {
  const proven = provenFingerprint(context)
  const fingerprint = proven ?? device.fingerprint
  if (fingerprint === own.fingerprint) return undefined
  if (fingerprint === '' || (device.protocol === 'https' && contacts.byFingerprint(fingerprint)?.trust === 'blocked')) {
    return undefined
  }
  const contact = contacts.saw({
    fingerprint,
    alias: device.alias,
    address: { ip: remoteIp(context), port: device.port },
    protocol: proven === undefined ? device.protocol : 'https',
    isShoal: device.deviceModel === SHOAL_MODEL,
    isProven: proven !== undefined,
  })
  return contact.trust === 'blocked' ? undefined : contact
}

export function isTooOften(calls: CallsPerMinute, context: Context<Bindings>): boolean {
  return calls.isTooOften(ipBytes(remoteIp(context)) ?? new Uint8Array(4), monotonicMs())
}

export function untilGone(context: Context<Bindings>): AbortSignal {
  const gone = new AbortController()
  context.env.incoming.socket.once('close', () => gone.abort())
  return gone.signal
}
