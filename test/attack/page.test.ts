// The page's sign-in against pages of other sites and other ports, stolen and guessed secrets, and paths that lead out.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request as open } from 'node:http'
import { join } from 'node:path'
import test from 'node:test'
import { CODE_SEC, MAX_CODES, PageCodes } from '../../src/daemon/page-codes.ts'
import { MAX_SESSIONS } from '../../src/daemon/page-sessions.ts'
import { serveDaemon } from '../support/daemon.ts'
import { ask, newCode, ownPage, type PageRequest, signIn } from '../support/page.ts'
import { makeHome } from '../support/program.ts'

const EVIL = 'http://evil.example'
const signInWith = (json: object, headers: Readonly<Record<string, string>> = {}): PageRequest => {
  return { method: 'POST', json, headers }
}

test('a page of another site, or at another port of this host, does nothing with the cookie of ours (CSRF)', async () => {
  await using it = await serveDaemon()
  const { cookie } = await signIn(it)
  const { host, origin } = new URL(it.url)
  const call = { jsonrpc: '2.0', id: 1, method: 'session_set', params: { speed_limit_up: 7 } }
  const first = await ask(it, '/transmission/rpc', signInWith(call, { ...ownPage(it), Cookie: cookie }))
  const known = { Cookie: cookie, 'X-Transmission-Session-Id': String(first.headers['x-transmission-session-id']) }
  const requests: readonly Readonly<Record<string, string>>[] = [
    { Origin: EVIL, 'Sec-Fetch-Site': 'cross-site' },
    { Origin: EVIL },
    { Origin: 'null' },
    { Origin: origin, 'Sec-Fetch-Site': 'cross-site' },
    { Origin: `http://${host.replace(/\d+$/, '1')}`, 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'same-origin' }, // without an Origin
    {},
  ]
  for (const headers of requests) {
    for (const [method, path] of [
      ['POST', '/transmission/rpc'],
      ['POST', '/page/sign-out'],
      ['DELETE', '/page/sessions/1'],
    ] as const) {
      const { status } = await ask(it, path, { method, json: call, headers: { ...known, ...headers } })
      assert.equal(status, 403, `${method} ${path} ${JSON.stringify(headers)}`)
    }
  }
  assert.notEqual(it.daemon.settings['up-limit'], 7)
  assert.equal(it.daemon.pageSessions.all.length, 1)
  const own = await ask(it, '/transmission/rpc', signInWith(call, { ...known, ...ownPage(it) }))
  assert.equal(own.status, 200)
  assert.equal(it.daemon.settings['up-limit'], 7)
})

test('nor does it read anything', async () => {
  await using it = await serveDaemon()
  const { cookie } = await signIn(it)
  for (const path of ['/page/sessions', '/page/me', '/metrics', '/events']) {
    for (const site of ['cross-site', 'same-site']) {
      const { status } = await ask(it, path, { headers: { Cookie: cookie, 'Sec-Fetch-Site': site } })
      assert.equal(status, 403, `${path} ${site}`)
    }
    const { status, headers } = await ask(it, path, { headers: { Cookie: cookie, Origin: EVIL } })
    assert.deepEqual([status, headers['access-control-allow-origin']], [403, undefined])
  }
})

test('what the page is told stays in no cache, and is no script or picture of another page', async () => {
  await using it = await serveDaemon()
  const { headers } = await (await signIn(it)).ask('/page/sessions')
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
  assert.equal(headers['x-content-type-options'], 'nosniff')
})

test('another site can neither sign in nor make the user wait by guessing', async () => {
  const password = 'correct horse'
  await using it = await serveDaemon({ 'rpc-password': password })
  for (let n = 0; n < 25; n++) {
    const headers = n % 2 === 0 ? { Origin: EVIL } : { 'Sec-Fetch-Site': 'cross-site' }
    assert.equal((await ask(it, '/page/sign-in', signInWith({ password: 'guess' }, headers))).status, 403)
  }
  const text = { 'Content-Type': 'text/plain' } // what a form can send without being asked for permission
  assert.equal((await ask(it, '/page/sign-in', signInWith({ password }, text))).status, 415)
  assert.equal((await ask(it, '/page/sign-in', signInWith({ password }, ownPage(it)))).status, 204)
})

test('a code opens once, whoever comes second', async () => {
  await using it = await serveDaemon()
  const code = await newCode(it)
  const answers = await Promise.all([1, 2, 3].map(() => ask(it, '/page/sign-in', signInWith({ code }))))
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [204, 401, 401],
  )
  assert.equal(it.daemon.pageSessions.all.length, 1)
})

test('a code is good for five minutes, and of too many the oldest goes', () => {
  let now = 1_000
  const codes = new PageCodes(() => now)
  const [early, late] = [codes.issue(), codes.issue()]
  now += CODE_SEC * 1000 - 1
  assert.equal(codes.use(early), true)
  now++
  assert.equal(codes.use(late), false)
  const many = Array.from({ length: MAX_CODES + 1 }, () => codes.issue())
  assert.deepEqual(
    many.map((code) => codes.use(code)),
    many.map((_, n) => n > 0),
  )
})

const basic = (password: string): PageRequest => {
  return { headers: { Authorization: `Basic ${Buffer.from(`shoal:${password}`).toString('base64')}` } }
}

test('who guesses a password that somebody chose has to wait, wherever he tries; links and the token never', async () => {
  await using it = await serveDaemon({ 'rpc-password': 'correct horse' })
  const guess = async (json: object): Promise<number> => (await ask(it, '/page/sign-in', signInWith(json))).status
  for (let n = 0; n < 10; n++) assert.equal(await guess({ password: `guess${n}` }), 401)
  for (let n = 0; n < 10; n++) assert.equal((await ask(it, '/metrics', basic(`guess${n}`))).status, 401)
  const waiting = await ask(it, '/page/sign-in', signInWith({ password: 'correct horse' }))
  assert.deepEqual([waiting.status, waiting.headers['retry-after']], [429, '60'])
  assert.equal((await ask(it, '/metrics', basic('correct horse'))).status, 429)
  assert.equal(await guess({ code: 'guess' }), 401)
  assert.equal(await guess({ code: await newCode(it) }), 204)
  assert.equal((await ask(it, '/metrics', { headers: { Authorization: `Bearer ${it.token}` } })).status, 200)
  assert.equal(await guess({ password: 'correct horse' }), 429, 'nor do they forgive who shares their address')
})

test('a stranger at the same address, as behind a proxy, keeps nobody from signing in with a link or the token', async () => {
  await using it = await serveDaemon()
  for (let n = 0; n < 25; n++) {
    assert.equal((await ask(it, '/page/sign-in', signInWith({ password: `guess${n}` }))).status, 401)
    assert.equal((await ask(it, '/page/sign-in', signInWith({ code: `guess${n}` }))).status, 401)
    assert.equal((await ask(it, '/metrics', basic(`guess${n}`))).status, 401)
  }
  assert.equal((await ask(it, '/page/sign-in', signInWith({ password: it.token }))).status, 204)
  assert.equal((await ask(it, '/page/sign-in', signInWith({ code: await newCode(it) }))).status, 204)
  assert.equal((await ask(it, '/metrics', basic(it.token))).status, 200)
})

test('guesses that were all begun before the first was judged are no more than others', async () => {
  await using it = await serveDaemon({ 'rpc-password': 'correct horse' })
  const { hostname, port } = new URL(it.url)
  const body = JSON.stringify({ password: 'guess' })
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(body.length), Expect: '100-continue' }
  const requests = Array.from({ length: 30 }, () =>
    open({ hostname, port, path: '/page/sign-in', method: 'POST', headers, agent: false }),
  )
  const begun = requests.map((request) => once(request, 'continue'))
  for (const request of requests) request.flushHeaders()
  await Promise.all(begun)
  const answers = requests.map((request) => once(request, 'response'))
  for (const request of requests) request.end(body)
  const statuses = (await Promise.all(answers)).map((answer) => {
    const [response] = answer as [IncomingMessage]
    response.resume()
    return response.statusCode
  })
  assert.deepEqual(
    [401, 429].map((wanted) => statuses.filter((status) => status === wanted).length),
    [20, 10],
  )
})

test('asking whether one is signed in tells nobody whether a password is right', async () => {
  await using it = await serveDaemon({ 'rpc-password': 'correct horse' })
  for (const password of ['guess', 'correct horse']) {
    assert.equal((await ask(it, '/page/me', basic(password))).text, '{"signedIn":false}')
  }
})

test('whoever is signed in is not kept out by somebody else’s guesses at the same address', async () => {
  await using it = await serveDaemon()
  const page = await signIn(it)
  await it.daemon.changeSettings({ 'rpc-password': 'correct horse' }, it.daemon.pageSessions.all[0]?.id)
  for (let n = 0; n < 25; n++) await ask(it, '/page/sign-in', signInWith({ password: 'guess' }))
  assert.equal((await ask(it, '/page/sign-in', signInWith({ password: 'guess' }))).status, 429)
  assert.equal((await page.ask('/page/sessions')).status, 200)
})

test('a name that leads here but is not ours is told nothing, the page included (DNS rebinding)', async () => {
  const pageFolder = makeHome('page')
  mkdirSync(join(pageFolder, 'assets'))
  writeFileSync(join(pageFolder, 'index.html'), 'the page')
  writeFileSync(join(pageFolder, 'assets/a.js'), 'the script')
  await using it = await serveDaemon({}, { pageFolder })
  const { cookie } = await signIn(it)
  for (const path of ['/', '/assets/a.js', '/page/me', '/page/sessions', '/LICENSES.txt']) {
    for (const Host of ['evil.example', 'localhost.evil.example:9091', '127.0.0.1.evil.example']) {
      const { status, text } = await ask(it, path, { headers: { Host, Cookie: cookie } })
      assert.deepEqual([status, text], [421, 'This is not a name of this server.\n'], `${Host} ${path}`)
    }
  }
  const json = { password: it.token }
  assert.equal((await ask(it, '/page/sign-in', signInWith(json, { Host: 'evil.example' }))).status, 421)
})

test('no path leads out of the page’s folder, and nothing in it is served but files of the page', async () => {
  const home = makeHome('page')
  const pageFolder = join(home, 'page')
  mkdirSync(join(pageFolder, 'assets/folder'), { recursive: true })
  for (const file of [
    '../secret.txt',
    'index.html',
    'secret.txt',
    'assets/a.js',
    'assets/folder/secret.js',
    'assets/.env',
  ]) {
    writeFileSync(join(pageFolder, file), file.includes('secret') || file.includes('env') ? 'a secret' : 'public')
  }
  symlinkSync(join(home, 'secret.txt'), join(pageFolder, 'assets/link.txt'))
  await using it = await serveDaemon({}, { pageFolder })
  assert.equal((await ask(it, '/assets/a.js')).text, 'public')
  const paths = [
    '/assets/../../secret.txt',
    '/assets/../secret.txt',
    '/assets/%2e%2e/secret.txt',
    '/assets/%2e%2e%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/%252e%252e%252fsecret.txt',
    '/assets//secret.txt',
    '/assets/folder/secret.js',
    '/assets/folder%2fsecret.js',
    '/assets/folder',
    '/assets/link.txt',
    '/assets/.env',
    '/assets/a.js%00.txt',
    '/assets/__proto__',
    '/assets/%ff',
    '/../secret.txt',
    '/secret.txt',
    `/assets/${join(home, 'secret.txt')}`,
    '//secret.txt',
  ]
  for (const path of paths) {
    const { status, text } = await ask(it, path)
    assert.ok([400, 401, 404].includes(status), `${path}: ${status}`)
    assert.doesNotMatch(text, /secret|public/, path)
  }
})

test('a cookie that was copied opens nothing any more once its session has ended', async () => {
  await using it = await serveDaemon()
  const page = await signIn(it)
  assert.equal((await page.ask('/metrics')).status, 200)
  await page.ask('/page/sign-out', { method: 'POST' })
  for (const path of ['/metrics', '/events', '/page/sessions']) assert.equal((await page.ask(path)).status, 401, path)
})

test('signing out ends the session of the cookie, though the request shows the token, too', async () => {
  await using it = await serveDaemon()
  for (const headers of [{ Authorization: `Bearer ${it.token}` }, basic(it.token).headers ?? {}]) {
    const { cookie } = await signIn(it)
    const both = { ...headers, Cookie: cookie }
    assert.match((await ask(it, '/page/sessions', { headers: both })).text, /"isThis":true/)
    assert.equal((await ask(it, '/page/sign-out', { method: 'POST', headers: both })).status, 204)
    assert.equal((await ask(it, '/page/sessions', { headers: { Cookie: cookie } })).status, 401)
    assert.equal(it.daemon.pageSessions.all.length, 0)
  }
})

test('a new password ends the sessions of all browsers but the one that set it, and the links that are open', async () => {
  await using it = await serveDaemon()
  const [own, other] = [await signIn(it), await signIn(it)]
  const code = await newCode(it)
  const set = async (name: string, value: string, headers: Readonly<Record<string, string>> = {}): Promise<void> => {
    const call = { jsonrpc: '2.0', id: 1, method: 'shoal_config_set', params: { name, value } }
    const path = '/transmission/rpc'
    const asked = await own.ask(path, signInWith(call, headers))
    const id = { 'X-Transmission-Session-Id': String(asked.headers['x-transmission-session-id']) }
    assert.match((await own.ask(path, signInWith(call, { ...id, ...headers }))).text, /"result":/)
  }
  await set('up-limit', '7')
  assert.equal((await other.ask('/page/sessions')).status, 200)
  await set('rpc-password', 'correct horse')
  assert.equal((await own.ask('/page/sessions')).status, 200)
  assert.equal((await other.ask('/page/sessions')).status, 401)
  assert.equal((await ask(it, '/page/sign-in', signInWith({ code }))).status, 401)
  assert.ok(it.daemon.journal.since(0).some(({ text }) => /signed out: 1/.test(text)))

  await set('rpc-password', 'correct horse')
  const later = await newCode(it)
  await set('up-limit', '8')
  assert.equal((await ask(it, '/page/sign-in', signInWith({ code: later }))).status, 204)
  await set('rpc-user', 'eve', { Authorization: `Bearer ${it.token}`, Cookie: '' })
  assert.deepEqual(it.daemon.pageSessions.all, [])
})

test('who listens to changes hears no more once the session has ended', async () => {
  await using it = await serveDaemon()
  const page = await signIn(it)
  const events = await fetch(new URL('/events', it.url), { headers: { Cookie: page.cookie } })
  const reader = events.body?.getReader()
  assert.equal((await reader?.read())?.done, false)
  await page.ask('/page/sign-out', { method: 'POST' })
  for (;;) if ((await reader?.read())?.done !== false) break
})

test('made-up cookies are no sessions', async () => {
  await using it = await serveDaemon()
  const { cookie } = await signIn(it)
  const [name = '', secret = ''] = cookie.split('=')
  const [{ id } = { id: 0 }] = it.daemon.pageSessions.all
  for (const Cookie of [
    `${name}=`,
    `${name}=${id}`,
    `${name}=${secret.slice(1)}`,
    `${name}=${secret}x`,
    `${name}=${'x'.repeat(8_000)}`,
    `shoal-1=${secret}`,
    `${name}=' OR 1=1 --`,
    `${name}=%E0%A4%A`,
  ]) {
    assert.equal((await ask(it, '/page/sessions', { headers: { Cookie } })).status, 401, Cookie.slice(0, 60))
  }
})

test('a huge sign-in is refused before it is read, and one that is no JSON before it is believed', async () => {
  await using it = await serveDaemon()
  const headers = { 'Content-Type': 'application/json' }
  const huge = await ask(it, '/page/sign-in', signInWith({ password: 'x'.repeat(5_000) }))
  assert.equal(huge.status, 413)
  const claimed = { ...headers, 'Content-Length': '4097' }
  assert.equal((await ask(it, '/page/sign-in', signInWith({ password: 'x'.repeat(4_082) }, claimed))).status, 413)
  const empty = await ask(it, '/page/sign-in', { method: 'POST', headers: { ...headers, 'Content-Length': '0' } })
  assert.equal(empty.status, 400)
  assert.equal(it.daemon.pageSessions.all.length, 0)
})

test('however often somebody signs in, no more sessions are kept than there may be', async () => {
  await using it = await serveDaemon()
  const first = await signIn(it)
  for (let n = 0; n < MAX_SESSIONS; n++) await signIn(it)
  assert.equal(it.daemon.pageSessions.all.length, MAX_SESSIONS)
  assert.equal((await first.ask('/page/sessions')).status, 401)
})

test('what a browser says of itself is shown without what a terminal or a page would obey', async () => {
  await using it = await serveDaemon()
  await signIn(it, {
    'User-Agent': `\u001b]0;x\u0007<script>${'y'.repeat(10_000)}`.replaceAll(/[\u001b\u0007]/g, '\u0080'),
  })
  const [session] = it.daemon.pageSessions.all
  assert.match(session?.browser ?? '', /^\]0;x<script>y{1,60}$/)
  assert.equal(session?.browser.length, 60)
})
