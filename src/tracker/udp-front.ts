// The tracker over UDP (BEP 15, 41). Source addresses of datagrams can be forged, so until a sender has shown its connection
// id it gets at most as many bytes as it sent: 16 for a connect. A wrong id and everything that is no request gets
// silence, so that nobody can be made the target of our answers.
import { readU32 } from '../core/bytes.ts'
import type { ConnectionIds } from '../core/tracker/connection-ids.ts'
import { SwarmCall } from '../core/tracker/swarm-call.ts'
import { isUdpAnnounce, readUdpAnnounce, readUrlData, writeUdpAnnounce } from '../core/tracker/udp-announce.ts'
import {
  type UdpRequest,
  readUdpRequest,
  writeConnectAnswer,
  writeErrorAnswer,
  writeUdpAnnounceAnswer,
  writeUdpScrapeAnswer,
} from '../core/tracker/udp-packets.ts'
import type { Access, Refusal } from './access.ts'
import { passkeyOf } from './announce-path.ts'
import type { TrackerLogic } from './logic.ts'
import type { ImmediateStore } from './store.ts'

/** Datagrams under work. A store that answers slowly would let them pile up; clients send lost ones again. */
const MAX_PENDING = 10_000
/** No answer is longer: 200 IPv4 peers, 74 IPv6 peers or 74 scrapes. */
export const MAX_UDP_ANSWER_BYTES = 1400

export class UdpFront {
  readonly #logic: TrackerLogic
  readonly #access: Access
  readonly #ids: ConnectionIds
  readonly #call: SwarmCall
  #pending: number

  constructor(logic: TrackerLogic, access: Access, ids: ConnectionIds) {
    this.#logic = logic
    this.#access = access
    this.#ids = ids
    this.#call = new SwarmCall()
    this.#pending = 0
  }

  /**
   * Answers a datagram, the first `length` bytes of `packet`, that came from `ip` (4 or 16 bytes). Returns how long the
   * answer in `out` is; 0: there is none now. If there is one `later`, that is called with it. All bytes are borrowed.
   */
  receive(
    packet: Uint8Array,
    length: number,
    ip: Uint8Array,
    out: Uint8Array,
    later: (answer: Uint8Array) => void,
  ): number {
    const { immediate } = this.#logic
    if (immediate === undefined || !isUdpAnnounce(packet, length)) {
      return this.#receiveOther(packet.slice(0, length), ip.slice(), out, immediate, later)
    }
    if (!this.#ids.isValid(packet, ip, this.#logic.nowSec())) return 0
    const call = this.#call
    const wanted = readUdpAnnounce(packet, ip, call)
    const refusal = this.#access.isOpen ? undefined : this.#refuse(packet, length, call.infoHash, ip)
    if (refusal !== undefined) return put(out, writeErrorAnswer(transactionIdOf(packet), refusal.failure))
    const intervalSec = this.#logic.answer(call, wanted, 'udp', immediate)
    return writeUdpAnnounce(packet, call, intervalSec, out)
  }

  #refuse(packet: Uint8Array, length: number, infoHash: Uint8Array, ip: Uint8Array): Refusal | undefined {
    const [path = ''] = readUrlData(packet, length).split('?', 1)
    return this.#access.refuse([infoHash], passkeyOf(path).passkey, ip)
  }

  #receiveOther(
    packet: Uint8Array,
    ip: Uint8Array,
    out: Uint8Array,
    immediate: ImmediateStore | undefined,
    later: (answer: Uint8Array) => void,
  ): number {
    const request = readUdpRequest(packet)
    if (request === undefined) return 0
    const { transactionId } = request
    const nowSec = this.#logic.nowSec()
    if (request.kind === 'connect') {
      const id = new Uint8Array(8)
      this.#ids.write(ip, nowSec, id, 0)
      return put(out, writeConnectAnswer(transactionId, id))
    }
    if (!this.#ids.isValid(packet, ip, nowSec) || this.#pending >= MAX_PENDING) return 0
    const hashes = request.kind === 'scrape' ? request.infoHashes : [request.announce.infoHash]
    const [path = ''] = request.kind === 'scrape' ? [] : readUrlData(packet, packet.length).split('?', 1)
    const refusal = this.#access.refuse(hashes, passkeyOf(path).passkey, ip)
    if (refusal !== undefined) return put(out, writeErrorAnswer(transactionId, refusal.failure))
    if (request.kind === 'scrape' && immediate !== undefined) {
      return put(out, writeUdpScrapeAnswer(transactionId, this.#logic.scrapeNow(request.infoHashes, immediate)))
    }
    this.#pending++
    void this.#answer(request, ip)
      .catch(() => writeErrorAnswer(transactionId, 'try again later'))
      .then(later)
      .finally(() => this.#pending--)
    return 0
  }

  async #answer(request: Exclude<UdpRequest, { kind: 'connect' }>, ip: Uint8Array): Promise<Uint8Array> {
    const { transactionId } = request
    if (request.kind === 'scrape') {
      return writeUdpScrapeAnswer(transactionId, await this.#logic.scrape(request.infoHashes))
    }
    const reply = await this.#logic.announce(request.announce, ip, 'udp')
    return writeUdpAnnounceAnswer(transactionId, reply, ip.length === 4 ? reply.peers4 : reply.peers6)
  }
}

function put(out: Uint8Array, answer: Uint8Array): number {
  out.set(answer)
  return answer.length
}

function transactionIdOf(packet: Uint8Array): number {
  return readU32(packet, 12)
}
