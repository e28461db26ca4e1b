// Which of several offers is asked about.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { OfferRow } from '../../src/daemon/rpc/types.ts'
import { keyOf, nextOffer, onlyAsking, withKey } from '../../src/web/people/offer-queue.ts'

function offer(id: number, state: OfferRow['state'] = 'asking', from = 'ann'): OfferRow {
  const amounts = { files: [], fileCount: 1, totalBytes: 10, doneBytes: 0 }
  return { id, from, isProven: true, ...amounts, dir: '/got', state, error: '', received: [] }
}

const NONE: ReadonlySet<string> = new Set()

test('offers are asked about one after the other, without those that were put off or answered', () => {
  const offers = [offer(1, 'done'), offer(2), offer(3), offer(4)]
  const [, second, third] = offers.map(keyOf)
  assert.equal(nextOffer(offers, NONE, NONE)?.id, 2)
  assert.equal(nextOffer(offers, withKey(NONE, second ?? '', true), NONE)?.id, 3)
  assert.equal(nextOffer(offers, withKey(NONE, second ?? '', true), withKey(NONE, third ?? '', true))?.id, 4)
  assert.equal(nextOffer([offer(1, 'declined')], NONE, NONE), undefined)
})

test('after a start of the daemon an offer is not taken for the one that had its number', () => {
  const putOff = withKey(NONE, keyOf(offer(1)), true)
  assert.equal(nextOffer([offer(1, 'asking', 'bob')], putOff, NONE)?.from, 'bob')
})

test('what does not ask any more is forgotten', () => {
  const keys = withKey(withKey(NONE, keyOf(offer(1)), true), keyOf(offer(2)), true)
  assert.deepEqual([...onlyAsking(keys, [offer(1), offer(2, 'done')])], [keyOf(offer(1))])
  assert.equal(onlyAsking(keys, [offer(1), offer(2)]), keys, 'the same where nothing is to be forgotten')
  assert.deepEqual([...withKey(keys, keyOf(offer(1)), false)], [keyOf(offer(2))])
})
