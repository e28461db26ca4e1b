// The page over HTTP: its files, signing in and out, and what stays over a restart.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request as open } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { browserName } from '../../src/daemon/browser-name.ts'
import { makeAttempts } from '../../src/daemon/guard.ts'
import { PageFiles } from '../../src/daemon/page-files.ts'
import { addPage } from '../../src/daemon/page-route.ts'
import { MAX_SESSIONS, PageSessions, SESSION_SEC } from '../../src/daemon/page-sessions.ts'
import { openStateDatabase } from '../../src/engine/resume.ts'
import { openDaemon, serveDaemon } from '../support/daemon.ts'
import { asRecord } from '../support/json.ts'
import { ask, cookieOf, newCode, newLink, ownPage, type PageAnswer, signIn } from '../support/page.ts'
import { makeHome, until } from '../support/program.ts'

const HTML = '<!doctype html><script type="module" src="/assets/page-ABCDEF23.js"></script>'
const SCRIPT = 'console.log(1)\n'.repeat(100)

function buildPage(folder: string, script = 'page-ABCDEF23.js'): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'index.html'), HTML)
  writeFileSync(join(folder, 'assets', script), SCRIPT)
  writeFileSync(join(folder, 'assets', `${script}.br`), brotliCompressSync(SCRIPT))
  writeFileSync(join(folder, 'assets', `${script}.gz`), gzipSync(SCRIPT))
  writeFileSync(join(folder, 'assets', 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
}

function sessionsOf({ text }: PageAnswer): Record<string, unknown>[] {
  const { sessions } = asRecord(JSON.parse(text))
  assert.ok(Array.isArray(sessions))
  return sessions.map(asRecord)
}

test('the page is told to everybody, with headers that keep everything else out', async () => {
  const pageFolder = makeHome('page')
  buildPage(pageFolder)
  await using it = await serveDaemon({}, { pageFolder })
  const { status, headers, text } = await ask(it, '/')
  assert.deepEqual([status, text], [200, HTML])
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  assert.equal(headers['cache-control'], 'no-cache')
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /^default-src 'none'; script-src 'self';/)
  assert.match(policy, /frame-ancestors 'none'; require-trusted-types-for 'script'$/)
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
  assert.equal(headers['permissions-policy'], 'camera=(), microphone=(), geolocation=()')
  const again = await ask(it, '/', { headers: { 'If-None-Match': headers.etag ?? '' } })
  assert.deepEqual([again.status, again.text], [304, ''])
  const head = await ask(it, '/', { method: 'HEAD' })
  assert.deepEqual([head.status, head.text], [200, ''])
})

test('what has its hash in its name is kept by browsers for ever, other assets are asked for anew', async () => {
  const pageFolder = makeHome('page')
  buildPage(pageFolder)
  await using it = await serveDaemon({}, { pageFolder })
  const script = await ask(it, '/assets/page-ABCDEF23.js')
  assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8')
  const icon = await ask(it, '/assets/icon.svg')
  assert.deepEqual([icon.headers['cache-control'], icon.headers['content-type']], ['no-cache', 'image/svg+xml'])
})

test('who takes compressed files gets them', async () => {
  const pageFolder = makeHome('page')
  buildPage(pageFolder)
  await using it = await serveDaemon({}, { pageFolder })
  const get = (encoding: string): Promise<PageAnswer> =>
    ask(it, '/assets/page-ABCDEF23.js', { headers: { 'Accept-Encoding': encoding } })
  const small = await get('gzip, deflate, br;q=0.9')
  assert.deepEqual([small.headers['content-encoding'], small.headers.vary], ['br', 'Accept-Encoding'])
  assert.equal(brotliDecompressSync(small.bytes).toString(), SCRIPT)
  assert.equal((await get('br;q=0, gzip')).headers['content-encoding'], 'gzip')
  const plain = await get('identity')
  assert.deepEqual([plain.headers['content-encoding'], plain.text], [undefined, SCRIPT])
  assert.notEqual(plain.headers.etag, small.headers.etag)
})

interface PageServer extends AsyncDisposable {
  readonly port: number
  readonly connections: () => number
}

/** The page alone, with a route that tells after how long a silence its connection is cut off. */
async function servePage(pageFolder: string, stalledMs: number): Promise<PageServer> {
  await using stack = new AsyncDisposableStack()
  const { daemon } = stack.use(await openDaemon())
  const app = new Hono<{ Bindings: HttpBindings }>()
  addPage(app, { daemon, token: 'token', attempts: makeAttempts(), files: new PageFiles(pageFolder), stalledMs })
  app.get('/limit', (context) => context.text(String(context.env.incoming.socket.timeout ?? 0)))
  const server = stack.adopt(createAdaptorServer({ fetch: app.fetch }), async (one) => {
    await new Promise<void>((resolve) => void one.close(() => resolve()))
  })
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    socket.once('close', () => connections--)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const all = stack.move()
  return { port: address.port, connections: () => connections, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

test('who asks for the page and takes nothing is cut off after a while', async () => {
  const pageFolder = makeHome('page')
  buildPage(pageFolder)
  writeFileSync(join(pageFolder, 'assets/large.js'), Buffer.alloc(32 * 1024 * 1024)) // more than systems buffer
  await using it = await servePage(pageFolder, 200)
  const reader = connect(it.port, '127.0.0.1')
  reader.pause()
  reader.on('error', () => undefined) // it is cut
  reader.write('GET /assets/large.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await until('the server has heard of it', () => it.connections() === 1)
  await until('the server has cut it off', () => it.connections() === 0)
  reader.destroy()
})

test('what is asked next over the same connection may be silent for as long as it likes', async () => {
  const pageFolder = makeHome('page')
  buildPage(pageFolder)
  await using it = await servePage(pageFolder, 60_000)
  using stack = new DisposableStack()
  const agent = stack.adopt(new Agent({ keepAlive: true, maxSockets: 1 }), (one) => one.destroy())
  const sockets = new Set<unknown>()
  const get = async (path: string): Promise<string> => {
    const request = open({ port: it.port, host: '127.0.0.1', path, agent })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    sockets.add(response.socket)
    return text(response)
  }
  for (const path of ['/', '/assets/icon.svg', '/assets/none.svg', '/LICENSES.txt']) {
    await get(path)
    assert.equal(await get('/limit'), '0', path)
  }
  assert.equal(sockets.size, 1)
})

test('without a built page the answer says how to build it, and a page that was built anew is found', async () => {
  const pageFolder = join(makeHome('page'), 'page')
  await using it = await serveDaemon({}, { pageFolder })
  const missing = await ask(it, '/')
  assert.deepEqual([missing.status, missing.text], [503, 'The page is not built: npm run build\n'])
  buildPage(pageFolder)
  assert.equal((await ask(it, '/')).status, 200)
  assert.equal((await ask(it, '/assets/page-ABCDEF23.js')).status, 200)
  buildPage(pageFolder, 'page-BCDEFG34.js')
  assert.equal((await ask(it, '/assets/page-BCDEFG34.js')).status, 200)
  assert.equal((await ask(it, '/assets/page-ABCDEF23.js')).status, 404)
})

test('the password signs a browser in: it may call methods, is listed, and is let in no more when it has left', async () => {
  await using it = await serveDaemon()
  const before = await ask(it, '/page/me', { headers: ownPage(it) })
  assert.deepEqual([before.status, before.text], [200, '{"signedIn":false}'])
  const page = await signIn(it, {
    'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  })
  assert.equal((await page.ask('/page/me')).text, '{"signedIn":true}')
  const call = { method: 'POST', json: { jsonrpc: '2.0', id: 1, method: 'session_stats' } }
  const unnamed = await page.ask('/transmission/rpc', call)
  assert.equal(unnamed.status, 409, 'the id of the session is wanted of the page, too')
  const id = { 'X-Transmission-Session-Id': String(unnamed.headers['x-transmission-session-id']) }
  assert.equal((await page.ask('/transmission/rpc', { ...call, headers: id })).status, 200)
  const [row, ...others] = sessionsOf(await page.ask('/page/sessions'))
  assert.deepEqual(others, [])
  assert.deepEqual([row?.['browser'], row?.['address'], row?.['isThis']], ['Firefox on Linux', '127.0.0.1', true])
  const left = await page.ask('/page/sign-out', { method: 'POST' })
  assert.equal(left.status, 204)
  assert.match(String(left.headers['set-cookie']), /^shoal-\d+=; Max-Age=0; Path=\/$/)
  assert.equal((await page.ask('/page/me')).text, '{"signedIn":false}')
  const refused = await page.ask('/page/sessions')
  assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, undefined])
})

test('the cookie is for this daemon alone, for no script and for no other site', async () => {
  await using it = await serveDaemon({ 'rpc-hosts': ['nas.home'] })
  const { port } = new URL(it.url)
  const say = (headers: Readonly<Record<string, string>>): Promise<PageAnswer> =>
    ask(it, '/page/sign-in', { method: 'POST', headers, json: { password: it.token } })
  const plain = String((await say(ownPage(it))).headers['set-cookie'])
  assert.match(plain, new RegExp(`^shoal-${port}=[\\w-]{43}; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict$`))
  const secure = await say({ Host: 'nas.home', Origin: 'https://nas.home' })
  assert.match(String(secure.headers['set-cookie']), /; HttpOnly; Secure; SameSite=Strict$/)
  const renewed = await ask(it, '/page/me', { headers: { Host: 'nas.home', Cookie: cookieOf(secure) } })
  assert.deepEqual(renewed.headers['set-cookie'], secure.headers['set-cookie'], 'used, it is good for 30 days more')
})

test('a password of the settings signs in, and the token does not any more', async () => {
  await using it = await serveDaemon({ 'rpc-password': 'correct horse' })
  const status = async (password: string): Promise<number> =>
    (await ask(it, '/page/sign-in', { method: 'POST', headers: ownPage(it), json: { password } })).status
  assert.deepEqual([await status(it.token), await status(''), await status('correct horse')], [401, 401, 204])
})

test('a link signs in; what is no sign-in is refused with a sentence', async () => {
  await using it = await serveDaemon()
  assert.match(await newLink(it), new RegExp(`^${new URL(it.url).origin}/#enter=[\\w-]{32}$`))
  assert.equal((await it.call('shoal_page_link'))['expiresInSec'], 300)
  const say = (json: object): Promise<PageAnswer> => ask(it, '/page/sign-in', { method: 'POST', json })
  assert.equal((await say({ code: await newCode(it) })).status, 204)
  const wrong = await say({ code: 'guess' })
  assert.deepEqual([wrong.status, wrong.headers['set-cookie']], [401, undefined])
  assert.match(wrong.text, /"shoal web" makes a new one\.\n$/)
  assert.match((await say({ password: 'guess' })).text, /^That is not the password: .*"token"\.\n$/)
  for (const json of [{}, [], { code: 7 }, { password: null }]) assert.equal((await say(json)).status, 400)
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const asForm = await ask(it, '/page/sign-in', { method: 'POST', headers: form, json: { password: it.token } })
  assert.equal(asForm.status, 415)
})

test('a daemon that listens everywhere links to this machine, and one that nobody serves has no page', async () => {
  await using it = await openDaemon()
  assert.match(JSON.stringify(await it.call('shoal_page_link')), /"code":"not-found"/)
  for (const [rpcUrl, start] of [
    ['http://0.0.0.0:9091/transmission/rpc', 'http://127.0.0.1:9091/#enter='],
    ['http://[::]:9091/transmission/rpc', 'http://127.0.0.1:9091/#enter='],
    ['http://[::1]:9091/transmission/rpc', 'http://[::1]:9091/#enter='],
  ] as const) {
    it.daemon.rpcUrl = rpcUrl
    const url = await newLink(it)
    assert.ok(url.startsWith(start), url)
  }
})

test('browsers stay signed in when the daemon starts again', async () => {
  const stateDir = makeHome('daemon')
  let cookie: string
  {
    await using it = await serveDaemon({}, { stateDir })
    ;({ cookie } = await signIn(it))
  }
  await using it = await serveDaemon({}, { stateDir })
  const [, secret = ''] = cookie.split('=')
  const Cookie = `shoal-${new URL(it.url).port}=${secret}`
  assert.equal((await ask(it, '/page/me', { headers: { Cookie } })).text, '{"signedIn":true}')
})

test('another browser is signed out from this one; who signs in again is one session, not two', async () => {
  await using it = await serveDaemon()
  const [here, there] = [await signIn(it), await signIn(it, { 'User-Agent': 'curl/8.5.0' })]
  const rows = sessionsOf(await here.ask('/page/sessions'))
  const other = rows.find(({ isThis }) => isThis === false)
  assert.deepEqual([rows.length, other?.['browser']], [2, 'curl/8.5.0'])
  assert.equal((await here.ask(`/page/sessions/${String(other?.['id'])}`, { method: 'DELETE' })).status, 204)
  assert.equal((await there.ask('/page/sessions')).status, 401)
  assert.equal((await here.ask('/page/sessions/99', { method: 'DELETE' })).status, 404)
  await signIn(it, { Cookie: here.cookie })
  assert.equal((await here.ask('/page/sessions')).status, 401)
  assert.equal(it.daemon.pageSessions.all.length, 1)
})

test('a program with the token needs no cookie, and no session is made for it', async () => {
  await using it = await serveDaemon()
  const headers = { Authorization: `Bearer ${it.token}` }
  assert.deepEqual(sessionsOf(await ask(it, '/page/sessions', { headers })), [])
  assert.equal((await ask(it, '/page/sign-out', { method: 'POST', headers })).status, 204)
  const refused = await ask(it, '/page/sessions')
  assert.match(String(refused.headers['www-authenticate']), /^Basic /, 'a browser that was sent there asks for it')
})

test('a session ends 30 days after its last use; that it is used is written once a minute', () => {
  const db = openStateDatabase(makeHome('state'))
  let now = Date.UTC(2030, 0, 1)
  const sessions = new PageSessions(db, () => now)
  const secret = sessions.signIn({ browser: 'Firefox', address: '192.0.2.7', isSecure: false })
  const notedAt = (): unknown => db.get('SELECT used_at_ms FROM page_sessions')?.['used_at_ms']
  const signedInAt = now
  now += 59_000
  assert.ok(sessions.find(secret))
  assert.equal(notedAt(), signedInAt)
  now += 1_000
  const signedIn = sessions.find(secret)
  assert.ok(signedIn)
  assert.equal(notedAt(), now)
  now += SESSION_SEC * 1000 - 1
  assert.ok(sessions.isGood(signedIn), 'whoever listens to events uses it')
  now += SESSION_SEC * 1000
  assert.equal(sessions.find(secret), undefined)
  assert.equal(sessions.isGood(signedIn), false)
  assert.deepEqual(sessions.all, [])
  assert.equal(new PageSessions(db, () => now).find(secret), undefined)
  db.close()
})

test('all sessions but one are ended for good', () => {
  const db = openStateDatabase(makeHome('state'))
  const sessions = new PageSessions(db)
  const enter = (): string => sessions.signIn({ browser: 'Firefox', address: '192.0.2.7', isSecure: false })
  const [first, second, third] = [enter(), enter(), enter()]
  assert.equal(sessions.endAllBut(sessions.find(second)?.id), 2)
  for (const all of [sessions, new PageSessions(db)]) {
    assert.deepEqual(
      [first, second, third].map((secret) => all.find(secret) !== undefined),
      [false, true, false],
    )
  }
  assert.equal(sessions.endAllBut(undefined), 1)
  assert.deepEqual([sessions.all, new PageSessions(db).all], [[], []])
  db.close()
})

test('of too many sessions the longest unused goes', () => {
  const db = openStateDatabase(makeHome('state'))
  let now = Date.UTC(2030, 0, 1)
  const sessions = new PageSessions(db, () => now++)
  const enter = (): string => sessions.signIn({ browser: 'Firefox', address: '192.0.2.7', isSecure: false })
  const [first, second] = [enter(), enter()]
  for (let n = 2; n < MAX_SESSIONS; n++) enter()
  assert.ok(sessions.find(first))
  enter()
  assert.equal(sessions.all.length, MAX_SESSIONS)
  assert.ok(sessions.find(first))
  assert.equal(sessions.find(second), undefined)
  assert.equal(db.get('SELECT count(*) AS n FROM page_sessions')?.['n'], MAX_SESSIONS)
  db.close()
})

test('browsers are called as people call them', () => {
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
  for (const [userAgent, name] of [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/138.0.0.0 Safari/537.36`, 'Chrome on Windows'],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/138.0 Safari/537.36 Edg/138.0`, 'Edge on Windows'],
    [`Mozilla/5.0 (Linux; Android 14; K) ${webkit} Chrome/138.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18.5 Safari/605', 'Safari on macOS'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605 Version/18.5 Safari/604',
      'Safari on iPhone',
    ],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['\u001b[31mred\u202e', '[31mred'],
    ['x'.repeat(500), 'x'.repeat(60)],
    ['', 'unknown'],
  ] as const) {
    assert.equal(browserName(userAgent), name)
  }
})
