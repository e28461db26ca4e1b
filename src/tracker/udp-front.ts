// The tracker over UDP (BEP 15). Source addresses of datagrams can be forged, so until a sender has shown its connection
// id it gets at most as many bytes as it sent: 16 for a connect. A wrong id and everything that is no request gets
// silence, so that nobody can be made the target of our answers.
import type dgram from 'node:dgram'
import type { ConnectionIds } from '../core/tracker/connection-ids.ts'
import {
  type UdpRequest,
  readUdpRequest,
  writeConnectAnswer,
  writeErrorAnswer,
  writeUdpAnnounceAnswer,
  writeUdpScrapeAnswer,
} from '../core/tracker/udp-packets.ts'
import type { Access } from './access.ts'
import { type TrackerLogic, sourceIp } from './logic.ts'

/** Datagrams under work. A store that answers slowly would let them pile up; clients send lost ones again. */
const MAX_PENDING = 10_000

export class UdpFront {
  readonly #logic: TrackerLogic
  readonly #access: Access
  readonly #ids: ConnectionIds
  readonly #nowSec: () => number
  #pending: number

  constructor(logic: TrackerLogic, access: Access, ids: ConnectionIds, nowSec: () => number) {
    this.#logic = logic
    this.#access = access
    this.#ids = ids
    this.#nowSec = nowSec
    this.#pending = 0
  }

  /** `send` is called with the answer, at once or later or never. The datagram is borrowed until then. */
  receive(datagram: Uint8Array, ipText: string, send: (answer: Uint8Array) => void): void {
    const request = readUdpRequest(datagram)
    const ip = sourceIp(ipText)
    if (request === undefined || ip === undefined) return
    const { transactionId } = request
    if (request.kind === 'connect') return send(writeConnectAnswer(transactionId, this.#ids.make(ip, this.#nowSec())))
    if (!this.#ids.isValid(request.connectionId, ip, this.#nowSec()) || this.#pending >= MAX_PENDING) return
    this.#pending++
    void this.#answer(request, ip)
      .catch(() => writeErrorAnswer(transactionId, 'try again later'))
      .then(send)
      .finally(() => this.#pending--)
  }

  async #answer(request: Exclude<UdpRequest, { kind: 'connect' }>, ip: Uint8Array): Promise<Uint8Array> {
    const { transactionId } = request
    const hashes = request.kind === 'scrape' ? request.infoHashes : [request.announce.infoHash]
    // An announce URL's passkey does not come along.
    const refusal = this.#access.refuse(hashes, undefined, ip)
    if (refusal !== undefined) return writeErrorAnswer(transactionId, refusal.failure)
    if (request.kind === 'scrape') {
      return writeUdpScrapeAnswer(transactionId, await this.#logic.scrape(request.infoHashes))
    }
    const reply = await this.#logic.announce(request.announce, ip, 'udp')
    return writeUdpAnnounceAnswer(transactionId, reply, ip.length === 4 ? reply.peers4 : reply.peers6)
  }
}

/** Lets `front` answer what comes to a bound socket. */
export function serveUdp(socket: dgram.Socket, front: UdpFront): void {
  socket.on('message', (datagram, from) => {
    // Port 0 can be forged but not sent to: Node throws.
    if (from.port === 0) return
    front.receive(datagram, from.address, (answer) => {
      try {
        socket.send(answer, from.port, from.address, () => {})
      } catch {
        // The tracker was closed meanwhile. Clients ask again for answers that are lost.
      }
    })
  })
}
