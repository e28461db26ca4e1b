import assert from 'node:assert/strict'
import net from 'node:net'
import test from 'node:test'
import { AppError } from '../../src/core/errors.ts'
import { connectTcp, listenTcp } from '../../src/io/tcp.ts'
import type { Transport, TransportHandler } from '../../src/io/transport.ts'

class Ear implements TransportHandler {
  readonly heard: string[] = []
  readonly closed: Promise<AppError | undefined>
  onOpen: () => void = () => {}
  #close: (error: AppError | undefined) => void = () => {}
  readonly #onText: (text: string) => void

  constructor(onText: (text: string) => void = () => {}) {
    this.#onText = onText
    this.closed = new Promise((resolve) => {
      this.#close = resolve
    })
  }
  onConnect(): void {
    this.onOpen()
  }
  onBytes(buf: Uint8Array, start: number, end: number): void {
    const text = Buffer.from(buf.subarray(start, end)).toString('latin1')
    this.heard.push(text)
    this.#onText(text)
  }
  onDrain(): void {}
  onClose(error?: AppError): void {
    this.#close(error)
  }
}

for (const ip of ['127.0.0.1', '::1']) {
  test(`bytes go both ways over ${ip}, also to an accepted socket that reads into the shared buffer`, async () => {
    const accepted: Transport[] = []
    const serverEar = new Ear((text) => accepted[0]?.send(Buffer.from(text.toUpperCase())))
    const listener = await listenTcp({ ip, port: 0 }, (transport) => {
      accepted.push(transport)
      return serverEar
    })
    const answered = Promise.withResolvers<void>()
    const clientEar = new Ear(() => answered.resolve())
    const client = connectTcp(listener.address, () => clientEar)
    clientEar.onOpen = () => client.send(Buffer.from('fish'))
    await answered.promise
    assert.deepEqual(clientEar.heard, ['FISH'])
    assert.equal(accepted[0]?.remote.ip, ip)
    client.close()
    await Promise.all([serverEar.closed, clientEar.closed, listener.close()])
  })
}

test('what is sent while corked leaves in one write when uncorked', async () => {
  const heard = Promise.withResolvers<void>()
  const serverEar = new Ear(() => heard.resolve())
  const listener = await listenTcp({ ip: '127.0.0.1', port: 0 }, () => serverEar)
  const clientEar = new Ear()
  const client = connectTcp(listener.address, () => clientEar)
  const connected = Promise.withResolvers<void>()
  clientEar.onOpen = () => connected.resolve()
  await connected.promise
  client.cork()
  client.send(Buffer.from('fish'))
  client.send(Buffer.from('es'))
  assert.equal(client.queuedBytes, 6)
  client.uncork()
  await heard.promise
  assert.deepEqual(serverEar.heard, ['fishes'])
  client.close()
  await Promise.all([serverEar.closed, clientEar.closed, listener.close()])
})

test('an accepted socket reads with no buffer of its own per read, however much comes', async () => {
  let bytes = 0
  const buffers = new Set<ArrayBufferLike>()
  const done = Promise.withResolvers<void>()
  const total = 8 * 1024 * 1024
  const listener = await listenTcp({ ip: '127.0.0.1', port: 0 }, (transport) => ({
    onConnect() {},
    onBytes(buf, start, end) {
      buffers.add(buf.buffer)
      bytes += end - start
      if (bytes === total) transport.close()
    },
    onDrain() {},
    onClose: () => done.resolve(),
  }))
  const plain = net.connect(listener.address.port, '127.0.0.1')
  plain.on('error', () => {}) // the other side closes first
  plain.write(Buffer.alloc(total))
  await done.promise
  plain.destroy()
  await listener.close()
  assert.equal(bytes, total)
  assert.equal(buffers.size, 1)
})

test('every pending `sent` is called when the connection closes', async () => {
  const listener = await listenTcp({ ip: '127.0.0.1', port: 0 }, (transport) => {
    transport.pause()
    return new Ear()
  })
  const ear = new Ear()
  const client = connectTcp(listener.address, () => ear)
  let sent = 0
  ear.onOpen = () => {
    for (let n = 0; n < 20; n++) client.send(Buffer.alloc(1024 * 1024), () => sent++)
    client.close()
  }
  await ear.closed
  client.send(Buffer.from('late'), () => sent++)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(sent, 21)
  await listener.close()
})

test('a taken port is an error that says what to do', async () => {
  const ear = (): Ear => new Ear()
  const listener = await listenTcp({ ip: '127.0.0.1', port: 0 }, ear)
  await assert.rejects(listenTcp(listener.address, ear), { code: 'port-in-use', message: /--listen/ })
  await listener.close()
})

test('a refused connection closes with the reason', async () => {
  const listener = await listenTcp({ ip: '127.0.0.1', port: 0 }, () => new Ear())
  await listener.close()
  const ear = new Ear()
  connectTcp(listener.address, () => ear)
  const error = await ear.closed
  assert.ok(error instanceof AppError)
  assert.equal(error.code, 'network')
})
