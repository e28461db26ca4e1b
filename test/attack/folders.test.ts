// Somebody who has signed in to the page, or has the token, but is not at the machine: which files can be reached by what
// the API lets him send, share and set.
import assert from 'node:assert/strict'
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { Caller, JsonObject } from '../../src/daemon/rpc/method.ts'
import { DaemonClient } from '../../src/cli/daemon-client.ts'
import { LOCAL, openDaemon, REMOTE, serveDaemon, type ServedDaemon, type TestDaemon } from '../support/daemon.ts'
import { makeHome } from '../support/program.ts'
import { writeTree } from '../support/tree.ts'

interface Place {
  readonly it: TestDaemon
  readonly root: string
  readonly secret: string
}

async function place(stack: AsyncDisposableStack, more: object = {}): Promise<Place> {
  const [root, secret] = [realpathSync(makeHome('root')), realpathSync(makeHome('secret'))]
  writeTree(root, { 'a/x': 5, '.ssh/key': 5 })
  writeTree(secret, { key: 5 })
  symlinkSync(secret, join(root, 'out'))
  symlinkSync(join(root, 'gone'), join(root, 'nothing'))
  const own = { 'page-roots': [root], 'download-dir': root, 'receive-dir': root, name: 'me' }
  return { it: stack.use(await openDaemon({ ...own, ...more })), root, secret }
}

const PEOPLE = { 'direct-on': true, 'direct-port': 0, nearby: false }

function errorOf(answer: JsonObject): string {
  return JSON.stringify(answer['error'] ?? assert.fail(`no error: ${JSON.stringify(answer)}`))
}

test('nothing is sent or put into a link from elsewhere but what may be shared', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, secret } = await place(stack, PEOPLE)
  await it.call('shoal_contact_add', { name: 'bob', address: '127.0.0.1:1' }) // nobody is there
  const { stateDir } = it.daemon
  const bad = [secret, join(secret, 'key'), join(root, 'out/key'), join(root, '.ssh'), join(stateDir, 'token'), 'a', '']
  for (const path of bad) {
    for (const [method, more] of [
      ['shoal_send', { to: [] }],
      ['shoal_link_open', {}],
    ] as const) {
      const paths = [join(root, 'a'), path]
      const refusal = errorOf(await it.call(method, { paths, ...more }, REMOTE))
      assert.match(refusal, /"code":"usage"/, `${method} ${path}`)
    }
  }
  const many = { paths: Array.from({ length: 50_001 }, () => root) }
  assert.match(errorOf(await it.call('shoal_link_open', many, REMOTE)), /paths/)
  assert.deepEqual(await it.call('shoal_link', {}), { link: null })
  const { fileCount } = await it.call('shoal_link_open', { paths: [join(root, 'a')] }, REMOTE)
  assert.equal(fileCount, 1)
  await it.call('shoal_link_close')
  const { totalBytes } = await it.call('shoal_link_open', { paths: [join(secret, 'key')] }, LOCAL)
  assert.equal(totalBytes, 5, 'the owner sends what he likes')
})

test('what bounds others is changed by the owner only', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root } = await place(stack)
  const before = it.daemon.settings
  for (const name of ['page-roots', 'download-roots']) {
    for (const value of ['/', ['/'], []]) {
      const refusal = errorOf(await it.call('shoal_config_set', { name, value }, REMOTE))
      assert.match(
        refusal,
        new RegExp(`${name}.*is changed only on the machine where Shoal runs: shoal config ${name}`),
      )
    }
  }
  assert.deepEqual(it.daemon.settings, before)
  assert.deepEqual(await it.call('shoal_config_set', { name: 'page-roots', value: [join(root, 'a')] }, LOCAL), {})
  assert.deepEqual(it.daemon.settings['page-roots'], [join(root, 'a')])
})

test('from elsewhere, folders are set only below those that are allowed, be they there or not', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, secret } = await place(stack)
  const set = (name: string, value: string, caller: Caller = REMOTE): Promise<JsonObject> =>
    it.call('shoal_config_set', { name, value }, caller)
  const { stateDir } = it.daemon
  const bad = ['/', '/etc', secret, `${root}/..`, `${root}/new/../../x`, `${root}-too`, join(root, 'out')]
  bad.push(join(root, 'out/new'), join(root, '.ssh'), join(root, 'a/.new/b'), stateDir, join(stateDir, 'uploads'))
  bad.push(join(root, 'nothing'), join(root, 'nothing/x'), `${root}/out/../x`, `${root}/a\0`)
  const before = it.daemon.settings
  for (const name of ['download-dir', 'receive-dir', 'shared-dir', 'watch-dir']) {
    for (const path of bad) assert.match(errorOf(await set(name, path)), /"code":"usage"/, `${name} ${path}`)
  }
  assert.match(errorOf(await it.call('session_set', { download_dir: secret }, REMOTE)), /page-roots/)
  assert.deepEqual(it.daemon.settings, before)
  for (const [name, path] of [
    ['download-dir', join(root, 'new/films')],
    ['receive-dir', join(root, 'a')],
    ['shared-dir', join(root, 'a')],
    ['shared-dir', ''],
    ['watch-dir', root],
    ['watch-dir', ''],
  ] as const) {
    assert.deepEqual(await set(name, path), {}, `${name} ${path}`)
    assert.equal(it.daemon.settings[name], path)
  }
  assert.deepEqual(await it.call('session_set', { download_dir: root, speed_limit_up: 7 }, REMOTE), {})
  assert.deepEqual(await set('watch-dir', secret, LOCAL), {})
  assert.deepEqual(await set('watch-dir', secret), {}, 'what holds already is no change')
})

test('what people fetch never holds the state folder', async () => {
  const root = realpathSync(makeHome('root'))
  mkdirSync(join(root, 'a/shoal'), { recursive: true })
  await using it = await openDaemon({ 'page-roots': [root] }, join(root, 'a/shoal'))
  for (const path of [root, join(root, 'a'), join(root, 'a/shoal')]) {
    const answer = await it.call('shoal_config_set', { name: 'shared-dir', value: path }, REMOTE)
    assert.match(errorOf(answer), /"code":"usage"/, path)
    assert.match(errorOf(await it.call('shoal_share', { path })), /"code":"usage"/, path)
  }
})

test('downloads stay below their roots, whoever sets their folder; from elsewhere the roots are allowed', async () => {
  await using stack = new AsyncDisposableStack()
  const films = realpathSync(makeHome('films'))
  const { it, root } = await place(stack, { 'download-roots': [films] })
  const set = (value: string, caller: Caller): Promise<JsonObject> =>
    it.call('shoal_config_set', { name: 'download-dir', value }, caller)
  for (const caller of [LOCAL, REMOTE]) assert.match(errorOf(await set(join(root, 'a'), caller)), /download-roots/)
  assert.deepEqual(await set(join(films, 'new'), REMOTE), {})
  assert.equal(it.daemon.settings['download-dir'], join(films, 'new'))
})

/** A call over HTTP with the token. */
async function overHttp({ url, token }: ServedDaemon, method: string, params: object): Promise<string> {
  const send = (id: string): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'X-Transmission-Session-Id': id },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
  const first = await send('')
  await first.text()
  return (await send(first.headers.get('x-transmission-session-id') ?? '')).text()
}

test('who comes by HTTP is not the owner, even with the token; who comes by the socket of the state folder is', async () => {
  await using it = await serveDaemon()
  const change = { name: 'page-roots', value: ['/'] }
  assert.match(await overHttp(it, 'shoal_config_set', change), /is changed only on the machine/)
  await new DaemonClient(it.daemon.stateDir).call('shoal_config_set', change)
  assert.deepEqual(it.daemon.settings['page-roots'], ['/'])
})
