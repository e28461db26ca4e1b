import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromLatin1, toLatin1 } from '../../../src/core/bytes.ts'
import { HttpHead } from '../../../src/core/tracker/http-head.ts'

function read(text: string): { kind: string; query: string; passkey: string; isKept: boolean; end: number } {
  const bytes = fromLatin1(text)
  const head = new HttpHead()
  const kind = head.read(bytes, 0, bytes.length)
  const part = (start: number, end: number): string => toLatin1(bytes.subarray(start, end))
  const { isKept, end } = head
  const passkey = part(head.passkeyStart, head.passkeyEnd)
  return { kind, query: part(head.queryStart, head.queryEnd), passkey, isKept, end }
}

const ANNOUNCE = 'GET /announce?a=1&b=2 HTTP/1.1\r\nHost: t\r\n\r\n'

test('an announce and a scrape are known, with their query and passkey', () => {
  const plain = read(ANNOUNCE)
  assert.deepEqual(plain, { kind: 'announce', query: 'a=1&b=2', passkey: '', isKept: true, end: ANNOUNCE.length })
  const member = read('GET /sesame-open-1/scrape?x HTTP/1.1\r\nhost: t\r\n\r\n')
  assert.deepEqual([member.kind, member.query, member.passkey], ['scrape', 'x', 'sesame-open-1'])
})

test('what comes behind a head is the next one', () => {
  const bytes = fromLatin1(ANNOUNCE + ANNOUNCE)
  const head = new HttpHead()
  head.read(bytes, 0, bytes.length)
  assert.equal(head.read(bytes, head.end, bytes.length), 'announce')
  assert.equal(head.end, bytes.length)
})

test('the connection ends when the client says so, or is of 1.0', () => {
  const kept = (lines: string, version = '1.1'): boolean => read(`GET /scrape?x HTTP/${version}\r\n${lines}\r\n`).isKept
  assert.equal(kept('Connection: keep-alive\r\n'), true)
  assert.equal(kept('CONNECTION:Close\r\n'), false)
  assert.equal(kept('Connection: TE, close\r\n'), false)
  assert.equal(kept('', '1.0'), false)
})

test('everything else is for others', () => {
  for (const text of [
    'GET / HTTP/1.1\r\n\r\n',
    'GET /announce HTTP/1.1\r\n\r\n',
    'GET /announcements?x HTTP/1.1\r\n\r\n',
    'GET /short/announce?x HTTP/1.1\r\n\r\n',
    'GET /sesame-open-1/metrics?x HTTP/1.1\r\n\r\n',
    'GET /catalogue?q=/announce HTTP/1.1\r\n\r\n',
    'POST /announce?x HTTP/1.1\r\n\r\n',
    'GET /announce?x HTTP/2.0\r\n\r\n',
    'GET /announce?x\r\n\r\n',
    'GET /announce?x HTTP/1.1\n\n',
    'GET /announce?x HTTP/1.1\r\nUpgrade: websocket\r\n\r\n',
    'GET /announce?x HTTP/1.1\r\ncontent-length: 5\r\n\r\n',
    'GET /announce?x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00',
    '\r\n',
  ]) {
    assert.equal(read(text).kind, 'other', JSON.stringify(text))
  }
})

test('a head is partial until its last byte, and then what it is', () => {
  for (const whole of [ANNOUNCE, 'GET /sesame-open-1/scrape?x HTTP/1.1\r\nhost: t\r\n\r\n']) {
    const kind = read(whole).kind
    for (let length = 0; length < whole.length; length++) {
      assert.equal(read(whole.slice(0, length)).kind, 'partial', JSON.stringify(whole.slice(0, length)))
    }
    assert.notEqual(kind, 'partial')
  }
})

test('no bytes make it throw or read past their end', () => {
  const part = fc.oneof(
    fc.constantFrom(
      'GET /',
      'announce?',
      'scrape?',
      ' HTTP/1.',
      '1\r\n',
      '\r\n',
      'connection: close',
      '/',
      '%',
      '?',
      ' ',
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 20 }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const { kind, end } = read(parts.join(''))
      if (kind === 'announce' || kind === 'scrape') assert(end <= parts.join('').length)
    }),
    { numRuns: 2000 },
  )
})
