import assert from 'node:assert/strict'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import zlib from 'node:zlib'
import { AppError } from '../../src/core/errors.ts'
import { type HttpOptions, httpGet } from '../../src/io/http-client.ts'

const OPTIONS: HttpOptions = { userAgent: 'Shoal/0', signal: new AbortController().signal }

async function serve(t: TestContext, handler: http.RequestListener): Promise<URL> {
  const server = http.createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`)
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof AppError, String(error))
    return error.code
  }
  return 'none'
}

test('an answer has status and body, and the request names the program and closes the connection', async (t) => {
  let seen: http.IncomingHttpHeaders = {}
  const url = await serve(t, (request, response) => {
    seen = request.headers
    response.writeHead(404).end('not here')
  })
  const answer = await httpGet(url, OPTIONS)
  assert.equal(answer.status, 404)
  assert.equal(Buffer.from(answer.body).toString(), 'not here')
  assert.equal(seen['user-agent'], 'Shoal/0')
  assert.equal(seen.connection, 'close')
})

for (const [encoding, pack] of [
  ['gzip', zlib.gzipSync],
  ['deflate', zlib.deflateSync],
] as const) {
  test(`[129] a ${encoding} answer is inflated, but not beyond the limit`, async (t) => {
    const url = await serve(t, (request, response) => {
      const body = pack(Buffer.alloc(request.url === '/bomb' ? 5 * 1024 * 1024 : 1000, 'a'))
      response.writeHead(200, { 'content-encoding': encoding }).end(body)
    })
    assert.equal((await httpGet(url, OPTIONS)).body.length, 1000)
    assert.equal(await codeOf(httpGet(new URL('/bomb', url), OPTIONS)), 'bad-answer')
  })
}

test('[129] a body over 1 MiB ends the request', async (t) => {
  const url = await serve(t, (_, response) => response.end(Buffer.alloc(1024 * 1024 + 1)))
  assert.equal(await codeOf(httpGet(url, OPTIONS)), 'bad-answer')
})

test('[129] headers over 64 KiB end the request', async (t) => {
  const url = await serve(t, (_, response) => response.writeHead(200, { 'x-long': 'a'.repeat(66_000) }).end())
  assert.equal(await codeOf(httpGet(url, OPTIONS)), 'bad-answer')
})

test('[129] five redirects are followed, six are not', async (t) => {
  const url = await serve(t, (request, response) => {
    const left = Number(new URL(request.url ?? '', 'http://x').searchParams.get('left'))
    if (left === 0) response.end('there')
    else response.writeHead(302, { location: `/announce?left=${left - 1}` }).end()
  })
  assert.equal(Buffer.from((await httpGet(new URL('?left=5', url), OPTIONS)).body).toString(), 'there')
  assert.equal(await codeOf(httpGet(new URL('?left=6', url), OPTIONS)), 'bad-answer')
})

test('a redirect to anything but http and https is refused', async (t) => {
  const url = await serve(t, (_, response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end())
  assert.equal(await codeOf(httpGet(url, OPTIONS)), 'bad-answer')
})

test('this machine is asked only for paths that a stranger may ask for, also after a redirect', async (t) => {
  const asked: string[] = []
  const url = await serve(t, (request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(302, { location: '/admin/shutdown' }).end()
  })
  assert.equal(await codeOf(httpGet(url, { ...OPTIONS, hostPath: /announce/ })), 'bad-answer')
  assert.deepEqual(asked, ['/announce'])
})

test('a refused connection, a wrong family and a name that does not exist have their codes', async (t) => {
  const url = await serve(t, () => {})
  const closed = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  assert.equal(await codeOf(httpGet(new URL(`http://127.0.0.1:${port}/`), OPTIONS)), 'network')
  assert.equal(await codeOf(httpGet(url, { ...OPTIONS, family: 6 })), 'not-found')
})

test('silence ends with a time-out, an abort with interrupted, garbage with bad-answer', async (t) => {
  const silent = await serve(t, () => {})
  assert.equal(await codeOf(httpGet(silent, { ...OPTIONS, limits: { totalMs: 20 } })), 'timeout')
  const stop = new AbortController()
  const asked = httpGet(silent, { ...OPTIONS, signal: stop.signal })
  stop.abort()
  assert.equal(await codeOf(asked), 'interrupted')
  const garbage = net.createServer((socket) => socket.end('d8:intervali1800ee')).listen(0, '127.0.0.1')
  t.after(() => garbage.close())
  await new Promise((resolve) => garbage.once('listening', resolve))
  const port = (garbage.address() as AddressInfo).port
  assert.equal(await codeOf(httpGet(new URL(`http://127.0.0.1:${port}/`), OPTIONS)), 'bad-answer')
})

test('a body that ends with the connection is whole; one that breaks off before its length is not', async (t) => {
  const answers = ['HTTP/1.0 200 OK\r\n\r\nwhole', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart']
  const server = net.createServer((socket) => {
    socket.on('error', () => {}) // the client may be gone first
    socket.once('data', () => socket.end(answers.shift() ?? ''))
  })
  server.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  assert.equal(Buffer.from((await httpGet(url, OPTIONS)).body).toString(), 'whole')
  assert.equal(await codeOf(httpGet(url, OPTIONS)), 'network')
})

test('no timer and no connection is left after an answer, a redirect and a time-out', async (t) => {
  const open = new Set<net.Socket>()
  const url = await serve(t, (request, response) => {
    open.add(request.socket)
    request.socket.on('close', () => open.delete(request.socket))
    if (request.url === '/announce') response.writeHead(302, { location: '/next' }).end('body')
    else if (request.url === '/next') response.end('there')
  })
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  await httpGet(url, OPTIONS)
  await codeOf(httpGet(new URL('/silent', url), { ...OPTIONS, limits: { totalMs: 10 } }))
  for (const socket of open) await new Promise((resolve) => socket.once('close', resolve))
  assert.equal(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length, before)
})
