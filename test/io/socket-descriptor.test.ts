import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { Epoll } from '../../src/io/epoll.ts'
import { openEvent, wake } from '../../src/io/event-descriptor.ts'
import { libc, loadLibc } from '../../src/io/libc.ts'
import { duplicateDescriptor } from '../../src/io/socket-descriptor.ts'

const skip = (await loadLibc()) ? false : 'there is no koffi for this machine'

test('a connection goes on over its second descriptor when Node has closed its own', { skip }, async () => {
  const server = net.createServer({ pauseOnConnect: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(address !== null && typeof address === 'object')
  const accepted = once(server, 'connection')
  const client = net.connect(address.port, '127.0.0.1')
  const [socket] = await accepted
  assert(socket instanceof net.Socket)
  const fd = duplicateDescriptor(socket)
  assert.ok(fd > 2)
  socket.destroy()
  await once(socket, 'close')
  assert.equal(duplicateDescriptor(socket), -1)
  const epoll = new Epoll()
  epoll.toSend.set(Buffer.from('fish'))
  assert.equal(epoll.send(fd, 4), true)
  assert.equal(String((await once(client, 'data'))[0]), 'fish')
  assert.equal(epoll.receive(fd), -1) // it does not block
  const ended = once(client, 'end')
  libc().close(fd)
  await ended
  epoll.close()
  client.destroy()
  server.close()
})

test('an event wakes who waits each time, without being read', { skip }, () => {
  const [epoll, event] = [new Epoll(), openEvent()]
  epoll.watch(event, 'edge')
  assert.equal(epoll.wait(0), 0)
  for (let n = 0; n < 3; n++) {
    wake(event)
    assert.equal(epoll.wait(1000), 1)
    assert.equal(epoll.ready(0), event)
    assert.equal(epoll.wait(0), 0)
  }
  libc().close(event)
  epoll.close()
})
