// Peers in a table: their order, and the order that is kept while somebody is about to press one.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { PeerDetail } from '../../src/daemon/rpc/page-types.ts'
import { inKeptOrder, inPeerOrder } from '../../src/web/details/peer-order.ts'

function peer(address: string, rate: number): PeerDetail {
  return {
    address,
    client: '',
    flags: '',
    progress: 0,
    rate_download: rate,
    rate_upload: 0,
    downloaded_bytes: 0,
    uploaded_bytes: 0,
  }
}
const addresses = (peers: readonly PeerDetail[]): string[] => peers.map(({ address }) => address)
const BY_RATE = { column: 'down', isDescending: true } as const

test('the fastest come first, equal ones by address', () => {
  const peers = [peer('10.0.0.10:1', 0), peer('10.0.0.9:1', 0), peer('10.0.0.1:1', 5)]
  assert.deepEqual(addresses(inPeerOrder(peers, BY_RATE)), ['10.0.0.1:1', '10.0.0.9:1', '10.0.0.10:1'])
})

test('a kept order stays while rates change; who is new is at the end, and who left leaves no hole', () => {
  const kept = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1']
  const peers = [peer('10.0.0.4:1', 9), peer('10.0.0.3:1', 7), peer('10.0.0.1:1', 0)]
  assert.deepEqual(addresses(inKeptOrder(peers, kept)), ['10.0.0.1:1', '10.0.0.3:1', '10.0.0.4:1'])
})
