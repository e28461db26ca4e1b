// Files by link: browsers, and programs that know section 5 of the LocalSend protocol, fetch what somebody shares.
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { fetchLink } from '../../src/direct/link-client.ts'
import { introduce, type Person, person } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'
import { patternBytes } from '../support/torrents.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

interface Asked {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Node's own `fetch` would follow redirects and refuse other Host headers. */
function ask(
  { direct }: Person,
  path: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Asked> {
  const { method = 'GET', headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: direct.port, path, method, headers }, (answer) => {
      let text = ''
      answer.setEncoding('latin1').on('data', (chunk) => (text += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
      answer.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

function linkOf({ direct }: Person): URL {
  return new URL(direct.linkUrls[0] ?? assert.fail('there is a link'))
}

const QUIET = { signal: new AbortController().signal, onProgress: () => {} }

test('a link shows a page with the files, which a browser saves whole or in parts', async () => {
  await using ann = await person('ann <b>')
  const file = join(makeHome('shown'), 'été & co.bin')
  writeFileSync(file, patternBytes(300_000, 1))
  assert.equal((await ask(ann, '/')).status, 404)
  assert.equal(ann.direct.device().download, false)
  const link = await ann.direct.openLink([file], '')
  assert.equal(ann.direct.device().download, true)
  const page = await ask(ann, '/')
  assert.equal(page.status, 200)
  const text = Buffer.from(page.body, 'latin1').toString()
  assert.match(text, /ann &lt;b&gt; shares a file/)
  assert.match(text, /été &amp; co\.bin/)
  const href = /href="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const whole = await ask(ann, href)
  assert.equal(whole.headers['content-disposition'], "attachment; filename*=UTF-8''%C3%A9t%C3%A9%20%26%20co.bin")
  assert.deepEqual(Buffer.from(whole.body, 'latin1'), Buffer.from(patternBytes(300_000, 1)))
  const part = await ask(ann, href, { headers: { range: 'bytes=100-199' } })
  assert.deepEqual([part.status, part.headers['content-range']], [206, 'bytes 100-199/300000'])
  assert.deepEqual(Buffer.from(part.body, 'latin1'), Buffer.from(patternBytes(300_000, 1).subarray(100, 200)))
  await until('both are noted', () => link.watch().every(({ state }) => state === 'done'))
  assert.deepEqual(
    link.watch().map(({ ip, doneBytes, state }) => [ip, doneBytes, state]),
    [
      ['127.0.0.1', 300_000, 'done'],
      ['127.0.0.1', 100, 'done'],
    ],
  )
  ann.direct.closeLink()
  assert.equal((await ask(ann, href)).status, 403)
})

test('another Shoal fetches a folder by link', async () => {
  await using ann = await person('ann')
  const photos = join(makeHome('photos'), 'photos')
  writeTree(photos, { 'beach.jpg': 1_000_000, 'notes/a.txt': 10, empty: 0 })
  await ann.direct.openLink([photos], '')
  const dir = makeHome('got')
  const told: number[] = []
  const fetched = await fetchLink(linkOf(ann), { ...QUIET, pin: undefined, dir, onProgress: (done) => told.push(done) })
  assert.equal(fetched.from, 'ann')
  assert.deepEqual([...fetched.paths].toSorted(), ['photos/beach.jpg', 'photos/empty', 'photos/notes/a.txt'])
  assert.deepEqual(compareTrees(photos, join(dir, 'photos')), [])
  assert.equal(told.at(-1), 1_000_010)
})

test('a PIN must be known; three wrong ones, and the address has to wait', async () => {
  await using ann = await person('ann')
  const file = join(makeHome('secret'), 'secret.txt')
  writeFileSync(file, 'secret')
  await ann.direct.openLink([file], '2468')
  const dir = makeHome('got')
  await assert.rejects(fetchLink(linkOf(ann), { ...QUIET, pin: undefined, dir }), /asks for a PIN/)
  const { paths } = await fetchLink(linkOf(ann), { ...QUIET, pin: '2468', dir })
  assert.deepEqual(paths, ['secret.txt'])
  const form = await ask(ann, '/')
  assert.equal(form.status, 401)
  assert.doesNotMatch(form.body, /secret\.txt/)
  const post = (pin: string): Promise<Asked> => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return ask(ann, '/', { method: 'POST', headers, body: `pin=${pin}` })
  }
  const right = await post('2468')
  assert.equal(right.status, 303)
  const there = String(right.headers['location'])
  assert.match((await ask(ann, there)).body, /secret\.txt/)
  for (const wrong of ['1', '2', '3']) assert.equal((await post(wrong)).status, 401)
  assert.equal((await post('2468')).status, 429)
  await assert.rejects(fetchLink(linkOf(ann), { ...QUIET, pin: '2468', dir }), /asked too often/)
  assert.match((await ask(ann, there)).body, /secret\.txt/, 'who has the session already keeps it')
})

test('strangers get nothing beside: other sessions, other files, other names of this machine, other routes', async () => {
  await using ann = await person('ann')
  const file = join(makeHome('one'), 'one.txt')
  writeFileSync(file, 'one')
  await ann.direct.openLink([file], '')
  const answer = await ask(ann, '/api/localsend/v2/prepare-download', { method: 'POST' })
  const { sessionId } = JSON.parse(answer.body) as { sessionId: string }
  const download = (session: string, id: string): Promise<Asked> =>
    ask(ann, `/api/localsend/v2/download?sessionId=${session}&fileId=${encodeURIComponent(id)}`)
  assert.equal((await download(sessionId, '1')).body, 'one')
  assert.equal((await download(`${sessionId.slice(1)}0`, '1')).status, 403)
  assert.equal((await download(sessionId, '../../etc/passwd')).status, 404)
  assert.equal((await ask(ann, '/', { headers: { host: 'evil.example' } })).status, 403)
  // What people with certificates may ask is not there over plain HTTP.
  for (const path of ['prepare-upload', 'register', 'upload', 'cancel']) {
    assert.equal((await ask(ann, `/api/localsend/v2/${path}`, { method: 'POST', body: '{}' })).status, 404, path)
  }
  assert.equal((await ask(ann, '/api/shoal/v1/files')).status, 404)
})

test('what a link offers goes nowhere but below the folder, and what it says must be true', async () => {
  await using ann = await person('ann')
  const home = makeHome('lies')
  writeFileSync(join(home, 'a.txt'), 'aaaa')
  const link = await ann.direct.openLink([join(home, 'a.txt')], '')
  const file = link.files.get('1') ?? assert.fail('one file')
  const dir = makeHome('got')
  Object.assign(file, { name: '../../../x.txt' })
  assert.deepEqual((await fetchLink(linkOf(ann), { ...QUIET, pin: undefined, dir })).paths, ['x.txt'])
  Object.assign(file, { size: 9 })
  await assert.rejects(fetchLink(linkOf(ann), { ...QUIET, pin: undefined, dir }), /x\.txt|cannot be reached/)
  assert.deepEqual(readdirSync(dir), ['x.txt'], 'nothing is left of what broke')
})

test('a connection that says nothing is closed with the rest, and TLS goes on beside plain HTTP', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  const silent = connect(ann.direct.port, '127.0.0.1')
  silent.on('error', () => {})
  await introduce(bob, ann)
  assert.equal((await ask(ann, '/api/localsend/v2/info')).status, 200)
  await ann.direct.close()
  await until('it is closed', () => silent.closed || undefined)
})
