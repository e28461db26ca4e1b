// An announce over UDP (BEP 15) on the tracker's quick way: read into memory that is used again, and answered from there.
// What is not an announce goes the way of udp-packets.ts.
import { readU32, writeU32 } from '../bytes.ts'
import type { SwarmCall } from './swarm-call.ts'

export const ANNOUNCE_BYTES = 98
const ANNOUNCE = 1
const [COMPLETED, STOPPED, PAUSED] = [1, 3, 4]
const HEAD_BYTES = 20
/** BEP 41 */
const [END, NO_OPERATION, URL_DATA] = [0, 1, 2]
const MAX_URL_DATA_BYTES = 500

/** Whether the first `length` bytes of `packet` are one, if its connection id is good. */
export function isUdpAnnounce(packet: Uint8Array, length: number): boolean {
  return length >= ANNOUNCE_BYTES && readU32(packet, 8) === ANNOUNCE
}

/** Fills in the question of `call`, but for `wanted`, which is what this returns: `undefined`, as many as the tracker likes. */
export function readUdpAnnounce(packet: Uint8Array, ip: Uint8Array, call: SwarmCall): number | undefined {
  for (let i = 0; i < 20; i++) call.infoHash[i] = packet[16 + i] ?? 0
  const { address } = call
  address.fill(0)
  for (let i = 0; i < ip.length; i++) address[i] = ip[i] ?? 0
  address[ip.length] = packet[96] ?? 0
  address[ip.length + 1] = packet[97] ?? 0
  call.addressWords = ip.length === 4 ? 1 : 4
  const event = readU32(packet, 80)
  call.isSeed = readU32(packet, 64) === 0 && readU32(packet, 68) === 0
  call.isStopped = event === STOPPED
  call.hasCompleted = event === COMPLETED
  call.isSeedWelcome = !call.isSeed && event !== PAUSED
  call.isOtherFamilyWelcome = false
  const wanted = readU32(packet, 92)
  return wanted > 0x7fffffff ? undefined : wanted // -1 is the default, and other negatives mean nothing
}

/** Writes what `call` was answered; returns how long it is. */
export function writeUdpAnnounce(packet: Uint8Array, call: SwarmCall, intervalSec: number, out: Uint8Array): number {
  writeU32(out, 0, ANNOUNCE)
  for (let i = 4; i < 8; i++) out[i] = packet[8 + i] ?? 0 // the transaction id
  writeU32(out, 8, intervalSec)
  writeU32(out, 12, call.leechers)
  writeU32(out, 16, call.seeders)
  const isIPv4 = call.addressWords === 1
  const peers = isIPv4 ? call.peers4 : call.peers6
  const bytes = isIPv4 ? call.peers4Count * 6 : call.peers6Count * 18
  for (let i = 0; i < bytes; i++) out[HEAD_BYTES + i] = peers[i] ?? 0
  return HEAD_BYTES + bytes
}

/** Path and query of the announce URL, as the options behind an announce carry them (BEP 41); empty without any. */
export function readUrlData(packet: Uint8Array, length: number): string {
  let text = ''
  for (let at = ANNOUNCE_BYTES; at < length && packet[at] !== END; ) {
    if (packet[at] === NO_OPERATION) {
      at++
      continue
    }
    const end = at + 2 + (packet[at + 1] ?? 0)
    if (end > length) break
    if (packet[at] === URL_DATA) for (let i = at + 2; i < end; i++) text += String.fromCharCode(packet[i] ?? 0)
    if (text.length > MAX_URL_DATA_BYTES) return ''
    at = end
  }
  return text
}
