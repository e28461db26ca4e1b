// Connections of a network thread that ends in the middle of one: whoever started it must find them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { announceQuery } from '../../src/core/tracker/http-announce.ts'
import { Epoll } from '../../src/io/epoll.ts'
import { libc, loadLibc, openListeningSocket } from '../../src/io/libc.ts'
import { Access } from '../../src/tracker/access.ts'
import { HttpConnections } from '../../src/tracker/http-connections.ts'
import { DEFAULT_HTTP_FRONT_LIMITS } from '../../src/tracker/http-front.ts'
import { HttpQuickFront } from '../../src/tracker/http-quick-front.ts'
import { DEFAULT_RULES, TrackerLogic } from '../../src/tracker/logic.ts'
import { MemoryStore } from '../../src/tracker/memory-store.ts'
import { ThreadDescriptors } from '../../src/tracker/thread-descriptors.ts'
import { makeRequest } from '../support/tracker-asker.ts'

const skip = (await loadLibc()) ? false : 'there is no koffi for this machine'
const ENDS = new Error('the thread ends here')

function end(): never {
  throw ENDS
}

for (const [what, path] of [
  ['answers', `/announce?${announceQuery(makeRequest())}`],
  ['gives away', '/'],
]) {
  test(`a connection that a thread ${what} when it ends is left to be closed`, { skip }, async () => {
    const listening = openListeningSocket({ host: '127.0.0.1', port: 0, isShared: false })
    const epoll = new Epoll()
    const descriptors = new ThreadDescriptors()
    const store = new MemoryStore()
    const front = new HttpQuickFront(new TrackerLogic(store, DEFAULT_RULES, end), store, await Access.open({}))
    const connections = new HttpConnections(epoll, front, DEFAULT_HTTP_FRONT_LIMITS, descriptors, end)
    epoll.watch(listening.fd, 'level')

    const client = net.connect(listening.port, '127.0.0.1')
    client.on('error', () => {}) // a reset: what it sent was not read
    const closed = new Promise((resolve) => client.once('close', resolve))
    await once(client, 'connect')
    client.write(`GET ${path} HTTP/1.1\r\n\r\n`)
    client.resume()
    while (epoll.wait(0) === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.throws(() => connections.accept(listening.fd), ENDS)

    const left = descriptors.takeAll()
    assert.equal(left.length, 1)
    for (const fd of left) libc().close(fd)
    await closed
    libc().close(listening.fd)
    epoll.close()
    await store.close()
  })
}
