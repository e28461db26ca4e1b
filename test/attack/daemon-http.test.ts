// The daemon's HTTP server against pages of other sites, strangers without the token, and clients that send too much or
// too slowly.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import test from 'node:test'
import { Daemon } from '../../src/daemon/daemon.ts'
import { serve } from '../../src/daemon/http-server.ts'
import { LOOPBACK } from '../support/session.ts'
import { makeHome } from '../support/program.ts'
import { type ServedDaemon, serveDaemon } from '../support/daemon.ts'

interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** As bytes: fetch would not let a test choose its Host. */
async function ask({ url }: ServedDaemon, request: string): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.write(request)
  await once(socket, 'close')
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body }
}

function request(headers: Readonly<Record<string, string>>, body = '{}', path = '/transmission/rpc'): string {
  const all = { Host: '127.0.0.1', 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

test('only who knows the token is let in, by Basic or Bearer', async () => {
  await using it = await serveDaemon()
  const status = async (Authorization?: string): Promise<number> =>
    (await ask(it, request(Authorization === undefined ? {} : { Authorization }))).status
  assert.deepEqual(
    await Promise.all([
      status(),
      status(basic('shoal', 'wrong')),
      status(basic('root', it.token)),
      status(basic('shoal', '')),
      status('Basic %%%'),
      status(`Bearer ${it.token}x`),
      status('Bearer '),
    ]),
    [401, 401, 401, 401, 401, 401, 401],
  )
  // In, but without the id of the session.
  assert.deepEqual(await Promise.all([status(basic('shoal', it.token)), status(`Bearer ${it.token}`)]), [409, 409])
})

test('a password of the settings opens for Basic; the token alone does not any more', async () => {
  await using it = await serveDaemon({ 'rpc-user': 'eve', 'rpc-password': 'pass:word' })
  assert.equal((await ask(it, request({ Authorization: basic('eve', 'pass:word') }))).status, 409)
  assert.equal((await ask(it, request({ Authorization: basic('eve', it.token) }))).status, 401)
})

test('who guesses passwords has to wait, the token never', async () => {
  await using it = await serveDaemon({ 'rpc-password': 'hunter2' })
  const status = async (Authorization: string): Promise<number> => (await ask(it, request({ Authorization }))).status
  for (let n = 0; n < 19; n++) assert.equal(await status(basic('shoal', `guess${n}`)), 401)
  assert.equal(await status(basic('shoal', 'hunter2')), 409, 'the right one is let in, and forgives')
  for (let n = 0; n < 20; n++) assert.equal(await status(basic('shoal', `guess${n}`)), 401)
  assert.equal(await status(basic('shoal', 'hunter2')), 429)
  assert.equal(await status(`Bearer ${it.token}`), 409)
})

test('a name that leads here but is not ours is refused, whatever is known (DNS rebinding)', async () => {
  await using it = await serveDaemon({ 'rpc-hosts': ['nas.home'] })
  const status = async (Host: string): Promise<number> =>
    (await ask(it, request({ Host, Authorization: `Bearer ${it.token}` }))).status
  const names = ['evil.example', 'evil.example:9091', 'localhost.evil.example', '127.0.0.1.evil.example', '']
  assert.deepEqual(await Promise.all(names.map(status)), [421, 421, 421, 421, 400])
  const own = ['localhost', 'localhost:9091', '127.0.0.1:80', '[::1]:9091', 'NAS.home:1']
  assert.deepEqual(await Promise.all(own.map(status)), [409, 409, 409, 409, 409])
})

test('a page of another site is refused (CSRF), our own is not', async () => {
  await using it = await serveDaemon()
  const status = async (Origin: string): Promise<number> =>
    (await ask(it, request({ Origin, Authorization: `Bearer ${it.token}` }))).status
  assert.deepEqual(
    await Promise.all(['http://evil.example', 'null', 'http://127.0.0.1:1', 'http://127.0.0.1'].map(status)),
    [403, 403, 403, 409],
  )
})

test('without the id of the session nothing is done, with it the call is', async () => {
  await using it = await serveDaemon()
  const call = '{"jsonrpc":"2.0","method":"session_set","params":{"speed_limit_up":7},"id":1}'
  const Authorization = `Bearer ${it.token}`
  const first = await ask(it, request({ Authorization, 'X-Transmission-Session-Id': 'guess' }, call))
  assert.equal(first.status, 409)
  assert.notEqual(it.daemon.settings['up-limit'], 7)
  const id = /^x-transmission-session-id: (.*)$/im.exec(first.head)?.[1] ?? ''
  assert.ok(id.length >= 24)
  const second = await ask(it, request({ Authorization, 'X-Transmission-Session-Id': id }, call))
  assert.deepEqual([second.status, JSON.parse(second.body)], [200, { jsonrpc: '2.0', result: {}, id: 1 }])
  assert.equal(it.daemon.settings['up-limit'], 7)
})

test('a body of 100 MB is refused by its length, and one that hides its length when it is too long', async () => {
  await using it = await serveDaemon()
  const Authorization = `Bearer ${it.token}`
  const announced = await ask(it, request({ Authorization, 'Content-Length': '104857600' }))
  assert.equal(announced.status, 413)
  const { hostname, port } = new URL(it.url)
  const socket = net.connect(Number(port), hostname)
  socket.on('error', () => {}) // it is cut off while it sends
  let sent = 0
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
  const id = /x-transmission-session-id: (.*)/i.exec((await ask(it, request({ Authorization }))).head)?.[1] ?? ''
  const headers = `Host: localhost\r\nAuthorization: ${Authorization}\r\nX-Transmission-Session-Id: ${id}`
  socket.write(`POST /transmission/rpc HTTP/1.1\r\n${headers}\r\nTransfer-Encoding: chunked\r\n\r\n`)
  const megabyte = `100000\r\n${' '.repeat(1024 * 1024)}\r\n`
  const closed = once(socket, 'close')
  const pour = (): void => {
    while (sent < 100 && !socket.destroyed && answer === '') {
      sent++
      if (!socket.write(megabyte)) return void socket.once('drain', pour)
    }
    if (answer !== '') socket.destroy()
  }
  socket.once('data', () => socket.destroy())
  pour()
  await closed
  assert.match(answer, /^HTTP\/1\.1 413/)
})

test('who sends a request byte by byte is cut off, and holds nobody else up', async () => {
  await using it = await serveDaemon({}, { times: { wholeMs: 400, headersMs: 200 } })
  const Authorization = `Bearer ${it.token}`
  const { head } = await ask(it, request({ Authorization }))
  const id = /^x-transmission-session-id: (.*)$/im.exec(head)?.[1] ?? ''
  const whole = request({ Authorization, 'X-Transmission-Session-Id': id, 'Content-Length': '100000' })
  const { hostname, port } = new URL(it.url)
  const drip = async (text: string): Promise<string> => {
    const socket = net.connect(Number(port), hostname)
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
    socket.on('error', () => {}) // it is cut off
    socket.write(text)
    const timer = setInterval(() => socket.write('x'), 20)
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    await closed.finally(() => clearInterval(timer))
    return answer
  }
  const slow = [drip('POST /transmission/rpc HTTP/1.1\r\nX-Slow: '), drip(whole)]
  assert.equal((await ask(it, request({ Authorization }))).status, 409, 'others are answered meanwhile')
  for (const answer of await Promise.all(slow)) assert.match(answer, /^(HTTP\/1\.1 408 |$)/)
})

test('paths that an add names stay where the settings allow, and are whole', async () => {
  const root = makeHome('root')
  await using it = await serveDaemon({ 'download-roots': [root] })
  const filename = `magnet:?xt=urn:btih:${'2'.repeat(40)}`
  for (const download_dir of ['/etc', `${root}/../other`, `${root}x`, 'relative', `${root}/\0`, '~', '']) {
    const answer = await it.call('torrent_add', { filename, download_dir })
    assert.match(JSON.stringify(answer), /"code":"usage"/, download_dir)
  }
  assert.equal(it.daemon.list.size, 0)
  const { torrent_added: added } = await it.call('torrent_add', { filename, download_dir: `${root}/inside` })
  assert.ok(added)
})

test('a port that somebody else has is refused if it was chosen, and another is taken if not', async () => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await assert.rejects(serveDaemon({ 'rpc-listen': `127.0.0.1:${port}` }), {
    code: 'port-in-use',
    message: /rpc-listen/,
  })
  server.close()

  // Whether this test gets the usual port or another program has it already: it is taken.
  const usual = net
    .createServer()
    .on('error', () => {})
    .listen(9091, '127.0.0.1')
  await Promise.race([once(usual, 'listening'), once(usual, 'error')])
  const settings = { 'direct-on': false }
  const daemon = await Daemon.open({ stateDir: makeHome('daemon'), settings, session: { listen: LOOPBACK } })
  const served = await serve(daemon)
  assert.notEqual(new URL(served.url).port, '9091')
  await served.close()
  await daemon.close()
  usual.close()
})

test('files that a change names must be the torrent’s', async () => {
  await using it = await serveDaemon()
  await it.call('torrent_add', { filename: `magnet:?xt=urn:btih:${'3'.repeat(40)}` })
  for (const files_wanted of [[0], [-1], [1e9], ['0'], [0.5], {}]) {
    assert.match(JSON.stringify(await it.call('torrent_set', { ids: 1, files_wanted })), /"code":"usage"/)
  }
})
