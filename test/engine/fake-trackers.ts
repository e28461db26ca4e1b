// Trackers for tests: they note what they are asked and answer what the test says. Ports are free ones of loopback.
import dgram from 'node:dgram'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface FakeHttpTracker {
  readonly url: string
  /** Path and raw query of every request. */
  readonly asked: string[]
  /** The query parameter of each request so far; '' where it is missing. */
  values(name: string): string[]
  /** Resolves when so many requests have come. */
  count(requests: number): Promise<void>
}

type Answer = (path: string) => { readonly status?: number; readonly body: string | Uint8Array } | 'silence'

export async function fakeHttpTracker(t: TestContext, answer: Answer, host = '127.0.0.1'): Promise<FakeHttpTracker> {
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const said = answer(path)
    server.emit('asked')
    if (said !== 'silence') response.writeHead(said.status ?? 200).end(said.body)
  })
  server.listen(0, host)
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/announce`,
    asked,
    values: (name) => asked.map((path) => new RegExp(`[?&]${name}=([^&]*)`).exec(path)?.[1] ?? ''),
    count: async (requests) => {
      while (asked.length < requests) await once(server, 'asked')
    },
  }
}

export interface FakeUdpTracker {
  readonly url: URL
  /** Every datagram that came. */
  readonly asked: Buffer[]
  /** Sends bytes to whoever sent datagram `to`. */
  send(bytes: Uint8Array, to: number): void
  /** Resolves when so many datagrams have come. */
  count(datagrams: number): Promise<void>
}

/** `answer` gets a datagram and its number from 0; `undefined` is silence. */
export async function fakeUdpTracker(
  t: TestContext,
  answer: (datagram: Buffer, number: number) => Uint8Array | undefined,
  host = '127.0.0.1',
): Promise<FakeUdpTracker> {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const asked: Buffer[] = []
  const senders: dgram.RemoteInfo[] = []
  const send = (bytes: Uint8Array, to: number): void => {
    const sender = senders[to]
    if (sender !== undefined) socket.send(bytes, sender.port, sender.address)
  }
  socket.on('message', (datagram, from) => {
    asked.push(datagram)
    senders.push(from)
    const said = answer(datagram, asked.length - 1)
    if (said !== undefined) send(said, asked.length - 1)
    socket.emit('asked')
  })
  socket.bind(0, host)
  await once(socket, 'listening')
  t.after(() => socket.close())
  const name = host.includes(':') ? `[${host}]` : host
  return {
    url: new URL(`udp://${name}:${socket.address().port}/announce`),
    asked,
    send,
    count: async (datagrams) => {
      while (asked.length < datagrams) await once(socket, 'asked')
    },
  }
}

/** A packet of 32-bit numbers and raw bytes. */
export function packet(...parts: readonly (number | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part !== 'number') return part
      const word = Buffer.alloc(4)
      word.writeUInt32BE(part)
      return word
    }),
  )
}
