import assert from 'node:assert/strict'
import { createHash, pbkdf2Sync } from 'node:crypto'
import test from 'node:test'
import type { Contact } from '../../src/direct/contacts.ts'
import { PairCodes, pairCode } from '../../src/direct/pair-code.ts'
import { introduce, person } from '../support/direct.ts'
import { until } from '../support/program.ts'

const fingerprint = (n: number): string => createHash('sha256').update(String(n)).digest('hex').toUpperCase()

function contact(change: Partial<Contact>): Contact {
  const address = { ip: '192.0.2.1', port: 53317 }
  const usual = { id: 1, name: 'ann', fingerprint: fingerprint(1), address, protocol: 'https', isShoal: true } as const
  return { ...usual, trust: 'unknown', isKept: true, seenAtMs: 0, ...change }
}

test('the code is the same on both sides, and another for anybody else', () => {
  const code = pairCode(fingerprint(1), fingerprint(2))
  assert.match(code, /^(\d{4} ){5}\d{4}$/)
  assert.equal(pairCode(fingerprint(2), fingerprint(1)), code)
  assert.notEqual(pairCode(fingerprint(1), fingerprint(3)), code)
})

test('it is made as docs/protocols/direct.md says', () => {
  const [low = '', high = ''] = [fingerprint(1), fingerprint(2)].toSorted()
  const bytes = pbkdf2Sync(Buffer.from(low + high, 'hex'), 'shoal pair code 1', 5_200, 30, 'sha256')
  const groups = [0, 5, 10, 15, 20, 25].map((at) => `000${bytes.readUIntBE(at, 5)}`.slice(-4))
  assert.equal(pairCode(fingerprint(1), fingerprint(2)), groups.join(' '))
})

test('who was not met, or shows nobody a code, has none', () => {
  const codes = new PairCodes(fingerprint(0))
  assert.equal(codes.of(contact({})), pairCode(fingerprint(0), fingerprint(1)))
  for (const change of [
    { fingerprint: undefined },
    { isShoal: false },
    { protocol: 'http' },
    { fingerprint: 'anything' },
  ] as const) {
    assert.equal(codes.of(contact(change)), undefined, JSON.stringify(change))
    assert.equal(codes.isNew(contact(change)), false)
  }
})

test('two who have met see the same', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  await introduce(ann, bob)
  const seen = ann.direct.codes.of(ann.direct.contacts.find('bob'))
  assert.ok(seen !== undefined)
  await ann.direct.ping(ann.direct.contacts.find('bob'))
  const other = await until('bob knows ann', () => bob.direct.contacts.all().find(({ name }) => name === 'ann'))
  assert.equal(bob.direct.codes.of(other), seen)
})
