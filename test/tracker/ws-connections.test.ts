// Streams over descriptors by themselves: what the system does not take at once.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Epoll } from '../../src/io/epoll.ts'
import { loadLibc } from '../../src/io/libc.ts'
import { duplicateDescriptor } from '../../src/io/socket-descriptor.ts'
import { WsConnections } from '../../src/tracker/ws-connections.ts'
import type { WsStream } from '../../src/tracker/ws-stream.ts'

const skip = (await loadLibc()) ? false : 'there is no koffi for this machine'

interface Ends {
  readonly client: net.Socket
  readonly stream: WsStream
  /** What happened at the stream. */
  readonly events: string[]
  readonly turn: () => Promise<void>
}

async function withEnds(body: (ends: Ends) => Promise<void>): Promise<void> {
  const server = net.createServer({ pauseOnConnect: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(address !== null && typeof address === 'object')
  const accepted = once(server, 'connection')
  const client = net.connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true })
  client.on('error', () => {})
  const [socket] = await accepted
  assert(socket instanceof net.Socket)
  const epoll = new Epoll()
  const closed: number[] = []
  const connections = new WsConnections(epoll, (fd) => {
    closed.push(fd)
    epoll.closeSocket(fd)
  })
  const fd = duplicateDescriptor(socket)
  const stream = connections.open(fd)
  socket.destroy()
  const events: string[] = []
  stream.start({
    data: (bytes) => events.push(`${bytes.length} bytes`),
    end: () => events.push('end'),
    closed: () => events.push('closed'),
  })
  const turn = async (): Promise<void> => {
    const count = epoll.wait(0)
    for (let n = 0; n < count; n++) connections.onReady(epoll.ready(n), epoll.hasEnded(n), epoll.canSend(n))
    connections.flush()
    await setImmediate()
  }
  await body({ client, stream, events, turn })
  stream.destroy()
  connections.close()
  assert.deepEqual(closed, [fd])
  epoll.close()
  client.destroy()
  server.close()
}

/** Bytes that differ from those before and behind them. */
function numbered(stream: WsStream, from: number, count: number): void {
  const room = stream.room(count)
  for (let i = 0; i < count; i++) room[i] = (from + i) % 251
  stream.write(count)
}

test('what a slow reader does not take arrives later, whole and in order', { skip }, async () => {
  await withEnds(async ({ client, stream, events, turn }) => {
    client.pause()
    let written = 0
    const write = (count: number): void => {
      numbered(stream, written, count)
      written += count
    }
    while (stream.unsent === 0) write(200_000)
    for (const count of [1, 70_000, 600_000, 3]) write(count) // one is longer than the memory of all
    assert.ok(stream.unsent > 600_000)
    stream.end()
    let read = 0
    client.on('data', (bytes) => {
      for (const byte of bytes) assert.equal(byte, read++ % 251)
    })
    const ended = once(client.resume(), 'end')
    while (stream.unsent > 0) await turn()
    await ended
    assert.equal(read, written)
    client.end()
    while (!events.includes('closed')) await turn()
    assert.deepEqual(events, ['end', 'closed'])
  })
})

test('who ends first is still sent what waits, and its end is told once', { skip }, async () => {
  await withEnds(async ({ client, stream, events, turn }) => {
    client.pause()
    while (stream.unsent === 0) numbered(stream, 0, 100_000)
    client.end('the last')
    while (!events.includes('end')) await turn()
    stream.end()
    assert.ok(!events.includes('closed'))
    client.resume()
    while (!events.includes('closed')) await turn()
    assert.deepEqual(events, ['8 bytes', 'end', 'closed'])
  })
})

test('a connection that breaks while something waits is closed, and takes nothing more', { skip }, async () => {
  await withEnds(async ({ client, stream, events, turn }) => {
    client.pause()
    while (stream.unsent === 0) numbered(stream, 0, 100_000)
    client.resetAndDestroy()
    while (!events.includes('closed')) {
      await turn()
      stream.end()
    }
    numbered(stream, 0, 100)
    assert.equal(stream.unsent, 0)
    assert.equal(events.filter((event) => event === 'closed').length, 1)
  })
})

test('who sends a lot is read a part a turn, and all of it', { skip }, async () => {
  await withEnds(async ({ client, events, turn }) => {
    client.end(Buffer.alloc(3_000_000))
    while (!events.includes('end')) await turn()
    const counts = events.slice(0, -1).map((event) => Number.parseInt(event, 10))
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      3_000_000,
    )
    assert.ok(Math.max(...counts) <= 64 * 1024)
  })
})
