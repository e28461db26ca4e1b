// Who has a torrent, by its trackers and by whom we saw.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { PeerDetail } from '../../src/daemon/rpc/page-types.ts'
import { countOf, MOST_SEEN, seenPeers } from '../../src/web/share/seen-peers.ts'

const peer = (address: string, progress: number): PeerDetail => ({
  ...{ address, progress, client: '', flags: '' },
  ...{ rate_download: 0, rate_upload: 0, downloaded_bytes: 0, uploaded_bytes: 0 },
})

test('the tracker that knows most counts, and one that does not count says nothing', () => {
  assert.equal(countOf([{ seeders: null, leechers: null }]), undefined)
  assert.deepEqual(
    countOf([
      { seeders: 2, leechers: null },
      { seeders: 1, leechers: 5 },
    ]),
    { seeders: 2, leechers: 5 },
  )
})

test('who leaves stays in the list as he was, and is there again when he comes back', () => {
  const first = seenPeers([], [peer('a', 0.5), peer('b', 0.9)])
  const second = seenPeers(first, [peer('a', 0.6)])
  assert.deepEqual(
    second.map(({ address, progress, hasLeft }) => [address, progress, hasLeft]),
    [
      ['b', 0.9, true],
      ['a', 0.6, false],
    ],
  )
  assert.equal(seenPeers(second, [peer('b', 0.95)]).find(({ address }) => address === 'b')?.hasLeft, false)
})

test('of a crowd those with the most are kept, and no more than so many', () => {
  const crowd = Array.from({ length: 2 * MOST_SEEN }, (_, n) => peer(String(n), n / 1000))
  const seen = seenPeers([], crowd)
  assert.equal(seen.length, MOST_SEEN)
  assert.equal(seen[0]?.address, String(2 * MOST_SEEN - 1))
})
