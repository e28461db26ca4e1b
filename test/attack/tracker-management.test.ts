// Attacks on the management of a tracker: without the token, with guesses at it, and with what a holder of the token was
// tricked into sending.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import fc from 'fast-check'
import { toHex } from '../../src/core/bytes.ts'
import { AppError } from '../../src/core/errors.ts'
import { addEntry, readEntries } from '../../src/tracker/access-lists.ts'
import { TokenGate } from '../../src/tracker/manage-token.ts'
import { manage, serveManagement, TOKEN } from '../support/management.ts'
import { makeHome } from '../support/program.ts'
import { someHash } from '../support/tracker-asker.ts'

const [hexA, hexB] = [toHex(someHash('a')), toHex(someHash('b'))]
const BEFORE = `# do not touch\n${hexA} spam\n`
const PUT_B = `PUT /manage/lists/denied/${hexB}`

const CALLS = [
  'GET /manage',
  'GET /manage/stats',
  'GET /manage/lists/denied',
  PUT_B,
  `DELETE /manage/lists/denied/${hexA}`,
  'POST /manage/reload',
  `DELETE /manage/catalogue/${hexA}`,
  `DELETE /manage/torrents/${hexA}`,
  'GET /manage/nothing',
]

test('without the token nothing is done and nothing is told, not even what there is', async () => {
  await using it = await serveManagement({ denied: BEFORE })
  const errors = new Set<string>()
  for (const call of CALLS) {
    const { status, headers, json } = await manage(it.port, call, { token: undefined })
    assert.deepEqual([status, headers['www-authenticate']], [401, 'Bearer'], call)
    errors.add(JSON.stringify(json))
  }
  assert.equal(errors.size, 1)
  for (const Authorization of ['', 'Bearer', 'Bearer ', TOKEN, `Basic ${btoa(`:${TOKEN}`)}`, `Bearer ${TOKEN} x`]) {
    const { status } = await manage(it.port, PUT_B, { token: undefined, headers: { Authorization } })
    assert.equal(status, 401, Authorization)
  }
  const elsewhere = `GET /manage/stats?token=${TOKEN}&access_token=${TOKEN}`
  assert.equal((await manage(it.port, elsewhere, { token: undefined })).status, 401)
  assert.equal(it.text(), BEFORE)
})

test('a wrong token is compared in constant time, however near or long it is', async (context) => {
  const compare = mock.method(crypto, 'timingSafeEqual')
  syncBuiltinESMExports()
  context.after(() => {
    compare.mock.restore()
    syncBuiltinESMExports()
  })
  await using it = await serveManagement({ denied: BEFORE })
  const wrong = [TOKEN.slice(0, -1), `${TOKEN}x`, TOKEN.toUpperCase(), 'x', 'x'.repeat(8000), `${TOKEN},${TOKEN}`]
  for (const token of wrong) assert.equal((await manage(it.port, PUT_B, { token })).status, 401, token)
  assert.equal(compare.mock.callCount(), wrong.length)
  assert.equal(it.text(), BEFORE)
  assert.equal((await manage(it.port, PUT_B)).status, 204)
})

test('after ten wrong tokens an address has to wait a minute, whatever it shows then; others do not', async () => {
  await using it = await serveManagement({ denied: BEFORE })
  const statusOf = async (token: string, from = '127.0.0.1'): Promise<number> =>
    (await manage(it.port, 'GET /manage/stats', { token, from })).status
  const statuses: number[] = []
  for (let n = 0; n < 13; n++) statuses.push(await statusOf(`guess-number-${n}`))
  assert.deepEqual(statuses, [...Array<number>(10).fill(401), 429, 429, 429])
  const refused = await manage(it.port, PUT_B)
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '60'])
  assert.equal(it.text(), BEFORE)
  assert.equal(await statusOf(TOKEN, '127.0.0.2'), 200)
  it.pass(59_999)
  assert.equal(await statusOf(TOKEN), 429)
  it.pass(1)
  assert.equal(await statusOf(TOKEN), 200)
  assert.equal(await statusOf('guess-again-and-again'), 401)
})

test('guesses from ever new addresses lock nobody out, and an IPv6 network counts as one address', () => {
  const gate = new TokenGate(TOKEN)
  const ip = (n: number): Uint8Array => Uint8Array.of(10, n >> 16, n >> 8, n)
  for (let n = 0; n < 30_000; n++) assert.equal(gate.judge('Bearer guess', ip(n), 0), 'wrong')
  assert.equal(gate.judge(`Bearer ${TOKEN}`, ip(40_000), 0), 'right')
  const networks = new TokenGate(TOKEN)
  const host = (n: number): Uint8Array => Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n)
  for (let n = 0; n < 10; n++) assert.equal(networks.judge('Bearer guess', host(n), 0), 'wrong')
  assert.equal(networks.judge(`Bearer ${TOKEN}`, host(99), 0), 'too-often')
})

test('a page in a browser is refused, even with the token', async () => {
  await using it = await serveManagement({ denied: BEFORE })
  for (const Origin of ['http://evil.example', 'null', `http://127.0.0.1:${it.port}`]) {
    for (const call of [...CALLS, 'OPTIONS /manage/stats']) {
      const { status, headers } = await manage(it.port, call, { headers: { Origin } })
      assert.equal(status, 403, `${Origin} ${call}`)
      assert.ok(Object.keys(headers).every((name) => !name.startsWith('access-control-')))
    }
  }
  assert.equal(it.text(), BEFORE)
})

test('entries and names that lead elsewhere, or to another line, are refused', async () => {
  await using it = await serveManagement({ denied: BEFORE })
  writeFileSync(join(it.dir, 'secret.txt'), `${hexA}\n`)
  const entries = [
    '../denied.txt',
    '..%2fsecret.txt',
    '%2e%2e/secret.txt',
    './' + hexB,
    '',
    '#',
    `%23${hexB}`,
    `${hexB}%0a${hexA}`,
    `${hexB}%0d%0a`,
    `${hexB}%20x`,
    `${hexB}%00`,
    `%EF%BB%BF${hexB}`,
    `${hexB};x`,
    `${hexB}${hexA.slice(0, 24)}`,
    hexB.slice(1),
    '__proto__',
    'x'.repeat(5000),
  ]
  const lists = ['../denied', '__proto__', 'constructor', 'denied%00', 'Denied', '%64enied', 'secret.txt']
  const paths = [...entries.map((entry) => `denied/${entry}`), ...lists.map((list) => `${list}/${hexB}`)]
  for (const path of paths) {
    for (const method of ['PUT', 'DELETE']) {
      const { status } = await manage(it.port, `${method} /manage/lists/${path}`)
      assert.ok([404, 405, 422].includes(status), `${method} ${path}: ${status}`)
    }
  }
  for (const path of ['torrents/..', 'torrents/%2e%2e', 'catalogue/../lists/denied', `catalogue//${hexA}`]) {
    const { status } = await manage(it.port, `DELETE /manage/${path}`)
    assert.ok([404, 405, 409, 422].includes(status), `${path}: ${status}`)
  }
  assert.equal(it.text(), BEFORE)
  assert.deepEqual(readdirSync(it.dir).sort(), ['denied.txt', 'secret.txt'])
})

test('a note cannot become another line, nor what a terminal obeys', async () => {
  await using it = await serveManagement({ denied: BEFORE })
  const notes = ['\n', '\r', '\r\n', '\u2028', '\u0085', '\v', '\f', '\0', '\x1b[2J', '\u202e'].map(
    (odd) => `x${odd}${hexB}`,
  )
  for (const body of [...notes, Uint8Array.of(0x78, 0xff, 0x0a), Uint8Array.of(0xc0, 0x8a)]) {
    assert.equal((await manage(it.port, PUT_B, { body })).status, 422, JSON.stringify(body))
  }
  assert.equal(it.text(), BEFORE)
  assert.equal((await manage(it.port, PUT_B, { body: `# ${hexA} "; rm -rf / \u{1f600}\n` })).status, 204)
  assert.equal(it.text(), `${BEFORE}${hexB} # ${hexA} "; rm -rf / \u{1f600}\n`)
})

test('whatever the note is, the list has one more entry or is as it was', async () => {
  const path = join(makeHome('notes'), 'list.txt')
  const { signal } = new AbortController()
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\n', '\r', ' ', '#', 'a', hexB) }),
  )
  await fc.assert(
    fc.asyncProperty(text, async (note) => {
      writeFileSync(path, BEFORE)
      const isTaken = await addEntry('denied', path, { entry: hexB, note }, signal).then(
        () => true,
        (error: unknown) => {
          assert(error instanceof AppError && error.code === 'usage')
          return false
        },
      )
      const entries = await readEntries('denied', path)
      const old = { entry: hexA, note: 'spam' }
      assert.deepEqual(entries, isTaken ? [old, { entry: hexB, note: note.trim() }] : [old])
    }),
    { numRuns: 200 },
  )
})

/** Sends bytes and returns what comes until the other side ends. */
async function talk(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  let said = ''
  socket.on('data', (chunk) => (said += String(chunk)))
  socket.on('error', () => {}) // a reset
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(text)
  await closed
  return said
}

test('a body that is too long, of no length or too slow changes nothing', async () => {
  await using it = await serveManagement({ denied: BEFORE, bodyMs: 50 })
  const head = (more: string, token = TOKEN): string =>
    `${PUT_B} HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer ${token}\r\n${more}\r\n\r\n`
  assert.match(await talk(it.port, head('Content-Length: 65537')), /^HTTP\/1\.1 413 .*"error":"a note may have 65536/s)
  assert.match(await talk(it.port, head('Content-Length: 99999999999999999999')), /^HTTP\/1\.1 4(13|00) /)
  assert.match(await talk(it.port, head('Transfer-Encoding: chunked')), /^HTTP\/1\.1 411 /)
  assert.match(await talk(it.port, `${head('Content-Length: 100')}slow`), /^HTTP\/1\.1 408 .*too slowly/s)
  assert.match(await talk(it.port, head('Content-Length: 100', 'a-wrong-token')), /^HTTP\/1\.1 401 /)
  assert.equal(it.text(), BEFORE)
  assert.equal((await manage(it.port, PUT_B, { body: 'x'.repeat(65_536) })).status, 204)
  assert.equal(it.text(), `${BEFORE}${hexB} ${'x'.repeat(65_536)}\n`)
})

test('of a thousand changes at once some are refused, and the others are made whole', async () => {
  await using it = await serveManagement()
  const add = (n: number): Promise<void> => it.editor.add('denied', { entry: toHex(someHash(String(n))), note: '' })
  const outcomes = await Promise.allSettled(Array.from({ length: 1000 }, (_, n) => add(n)))
  const refused = outcomes.filter(({ status }) => status === 'rejected')
  assert.equal(refused.length, 900)
  assert.equal((await it.editor.entries('denied')).length, 100)
  await add(1001)
  assert.equal((await it.editor.entries('denied')).length, 101)
})
