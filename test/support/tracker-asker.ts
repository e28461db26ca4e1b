// Small clients for tests of the tracker server: plain requests over HTTP, single packets over UDP.
import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { fromLatin1 } from '../../src/core/bytes.ts'
import { type InfoHash, infoHash, peerId } from '../../src/core/ids.ts'
import {
  type AnnounceAnswer,
  type AnnounceRequest,
  isFailure,
  type TrackerFailure,
} from '../../src/core/tracker/announce.ts'
import { announceQuery, readAnnounceAnswer } from '../../src/core/tracker/http-announce.ts'
import { withQuery } from '../../src/core/tracker/http-query.ts'
import {
  readUdpAnswer,
  type UdpAnswer,
  writeAnnounceRequest,
  writeConnectRequest,
} from '../../src/core/tracker/udp-packets.ts'

export function makeRequest(change: Partial<AnnounceRequest> = {}): AnnounceRequest {
  const id = peerId(fromLatin1('-XX0000-abcdefghijkl'))
  assert(id !== undefined)
  const infoHash = someHash('a')
  const numbers = { port: 6881, uploaded: 0, downloaded: 0, left: 1, numWant: undefined, key: undefined }
  return { infoHash, peerId: id, ...numbers, event: 'none', ...change }
}

export function someHash(text: string): InfoHash {
  const hash = infoHash(fromLatin1(text.padEnd(20, '.').slice(0, 20)))
  assert(hash !== undefined)
  return hash
}

export interface Page {
  readonly status: number
  readonly body: Uint8Array
}

/** `url` is sent as it stands: `fetch` and `URL` would mend it. */
export async function getPage(url: string, method = 'GET'): Promise<Page> {
  const { hostname, port } = new URL(url)
  const path = url.slice(url.indexOf('/', 'http://'.length))
  const request = http.request({ host: hostname.replace(/[[\]]/g, ''), port, path, method, agent: false })
  request.end()
  const [response] = await once(request, 'response')
  assert(response instanceof http.IncomingMessage)
  const chunks = await response.toArray()
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) }
}

export async function announceHttp(
  url: string,
  request: AnnounceRequest,
  extra = '',
): Promise<AnnounceAnswer | TrackerFailure> {
  const { status, body } = await getPage(withQuery(url, announceQuery(request)) + extra)
  assert.equal(status, 200)
  return readAnnounceAnswer(body)
}

/** The announce must succeed. */
export async function joinHttp(url: string, request: AnnounceRequest, extra = ''): Promise<AnnounceAnswer> {
  const answer = await announceHttp(url, request, extra)
  assert(!isFailure(answer))
  return answer
}

/** A socket that sends to one tracker and takes its answers one by one. Dispose it. */
export class UdpAsker {
  readonly #socket: dgram.Socket
  readonly #port: number
  readonly #host: string
  readonly #answers: Buffer[] = []
  #wake: () => void = () => {}

  private constructor(socket: dgram.Socket, host: string, port: number) {
    this.#socket = socket
    this.#host = host
    this.#port = port
    socket.on('message', (packet) => {
      this.#answers.push(packet)
      this.#wake()
    })
  }

  /** `from` is the local address, such as another one of loopback. */
  static async open(host: string, port: number, from?: string): Promise<UdpAsker> {
    const socket = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4')
    socket.bind({ port: 0, ...(from === undefined ? {} : { address: from }) })
    await once(socket, 'listening')
    return new UdpAsker(socket, host, port)
  }

  send(packet: Uint8Array): void {
    this.#socket.send(packet, this.#port, this.#host)
  }

  async receive(): Promise<Buffer> {
    while (this.#answers.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    const [first] = this.#answers.splice(0, 1)
    assert(first !== undefined)
    return first
  }

  async ask(packet: Uint8Array): Promise<UdpAnswer> {
    this.send(packet)
    const answer = readUdpAnswer(await this.receive(), net.isIPv6(this.#host) ? 18 : 6)
    assert(answer !== undefined)
    return answer
  }

  async connect(): Promise<Uint8Array> {
    const answer = await this.ask(writeConnectRequest(1))
    assert(answer.kind === 'connect' && answer.transactionId === 1)
    return answer.connectionId
  }

  async announce(connectionId: Uint8Array, request: AnnounceRequest): Promise<AnnounceAnswer> {
    const answer = await this.ask(writeAnnounceRequest(connectionId, 2, request))
    assert(answer.kind === 'announce' && answer.transactionId === 2)
    return answer.answer
  }

  /** Passes if none of the packets is answered: what the tracker says to a connect sent after them comes first. */
  async assertSilence(packets: readonly Uint8Array[]): Promise<void> {
    for (const packet of packets) this.send(packet)
    const answer = await this.ask(writeConnectRequest(0xfeed))
    assert.deepEqual([answer.kind, answer.transactionId], ['connect', 0xfeed])
    assert.equal(this.#answers.length, 0)
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }
}
