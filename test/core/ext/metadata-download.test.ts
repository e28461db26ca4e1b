import assert from 'node:assert/strict'
import test from 'node:test'
import { MetadataDownload, type MetadataEffects, type MetadataHashes } from '../../../src/core/ext/metadata-download.ts'
import { infoHash, infoHashV2 } from '../../../src/core/ids.ts'
import { nodeHasher } from '../../../src/io/hasher.ts'

const PIECE = 16_384
const truth = Uint8Array.from({ length: 3 * PIECE + 100 }, (_, n) => (n * 7) % 253)
const lie = truth.map((byte) => byte ^ 0xff)
const v1 = infoHash(nodeHasher.sha1(truth))
const v2 = infoHashV2(nodeHasher.sha256(truth))

/** A download whose effects are written down; `answer` lets peers send what they were asked for. */
class Scene implements MetadataEffects {
  readonly requests: [peer: number, piece: number][] = []
  readonly blamed: number[] = []
  result: Uint8Array | 'conflict' | undefined
  readonly download: MetadataDownload

  constructor(hashes: MetadataHashes = { v1, v2: undefined }) {
    this.download = new MetadataDownload(hashes, nodeHasher, this)
  }

  request(peer: number, piece: number): void {
    this.requests.push([peer, piece])
  }
  done(bytes: Uint8Array): void {
    this.result = bytes
  }
  blame(peer: number): void {
    this.blamed.push(peer)
  }
  conflict(): void {
    this.result = 'conflict'
  }

  join(size: number, ...peers: number[]): void {
    for (const peer of peers) this.download.peerJoined(peer, size, 0)
  }

  send(peer: number, piece: number, data: Uint8Array, now = 0): string | undefined {
    return this.download.onData(peer, piece, data.length, data.subarray(piece * PIECE, (piece + 1) * PIECE), now)
  }

  /** Peers answer, in the order asked, from what they have; those that are not listed stay silent. */
  answer(has: Readonly<Record<number, Uint8Array>>, now = 0): void {
    for (let request = this.requests.shift(); request !== undefined; request = this.requests.shift()) {
      const data = has[request[0]]
      if (data !== undefined && !this.blamed.includes(request[0])) {
        assert.equal(this.send(request[0], request[1], data, now), undefined)
      }
    }
  }
}

test('[45] metadata from one peer is fetched in pieces of 16 KiB and verified', () => {
  const scene = new Scene()
  scene.join(truth.length, 1)
  assert.deepEqual(scene.requests, [
    [1, 0],
    [1, 1],
    [1, 2],
    [1, 3],
  ])
  scene.answer({ 1: truth })
  assert.deepEqual(scene.result, truth)
})

test('several peers are asked for different pieces at once', () => {
  const scene = new Scene()
  const long = 20 * PIECE
  scene.join(long, 1, 2, 3)
  assert.deepEqual(
    scene.requests.map(([, piece]) => piece),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  )
})

test('a second peer is asked for what a first one owes only when there is nothing else, and a third never', () => {
  const scene = new Scene()
  scene.join(100, 1, 2, 3)
  assert.deepEqual(scene.requests, [
    [1, 0],
    [2, 0],
  ])
})

test('[45] v2 metadata is verified by SHA-256, hybrid metadata by both hashes', () => {
  for (const hashes of [
    { v1: undefined, v2 },
    { v1, v2 },
  ]) {
    const scene = new Scene(hashes)
    scene.join(truth.length, 1)
    scene.answer({ 1: truth })
    assert.deepEqual(scene.result, truth)
  }
})

test('[111] data that has one hash of the link and not the other is a conflict, and nobody is to blame', () => {
  const scene = new Scene({ v1, v2: infoHashV2(new Uint8Array(32)) })
  scene.join(truth.length, 1)
  scene.answer({ 1: truth })
  assert.equal(scene.result, 'conflict')
  assert.deepEqual(scene.blamed, [])
})

test('[45] a peer that sent all of a false dictionary is blamed, and another is asked', () => {
  const scene = new Scene()
  scene.join(truth.length, 1)
  scene.answer({ 1: lie })
  assert.deepEqual(scene.blamed, [1])
  scene.join(truth.length, 2)
  scene.answer({ 2: truth })
  assert.deepEqual(scene.result, truth)
})

test('[45] [135] when several peers together sent something false, each is asked alone and only liars are blamed', () => {
  const scene = new Scene()
  scene.join(truth.length, 1, 2, 3)
  scene.answer({ 1: lie, 2: truth, 3: lie.map((byte) => byte ^ 1) })
  assert.deepEqual(scene.result, truth)
  assert.ok(!scene.blamed.includes(2))
})

test('[45] [135] one honest peer among twenty liars of every kind delivers', () => {
  const scene = new Scene()
  const liars = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [n + 2, lie]))
  scene.join(truth.length, 2, 3, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21)
  scene.answer({ 1: truth, ...liars })
  assert.deepEqual(scene.result, truth)
  assert.ok(!scene.blamed.includes(1))
})

test('[45] liars that claim other sizes do not keep the honest peer from its turn', () => {
  const scene = new Scene()
  for (let n = 0; n < 12; n++) scene.join(10_000_000 + n, 100 + n) // they never answer
  scene.join(truth.length, 1)
  for (let now = 0; now <= 60_000 && scene.result === undefined; now += 1000) {
    scene.download.tick(now)
    scene.answer({ 1: truth }, now)
  }
  assert.deepEqual(scene.result, truth)
})

test('[45] liars that send a piece now and then do not either', () => {
  const scene = new Scene()
  const long = new Uint8Array(10_000_000)
  const drips: number[] = []
  for (let n = 0; n < 12; n++) {
    drips.push(100 + n)
    scene.join(long.length + n, 100 + n)
  }
  scene.join(truth.length, 1)
  for (let now = 0; now <= 300_000 && scene.result === undefined; now += 1000) {
    scene.download.tick(now)
    for (const [peer, piece] of scene.requests.splice(0)) {
      const isDrip = drips.includes(peer) && now % 8000 === 0
      if (peer === 1) scene.send(1, piece, truth, now)
      else if (isDrip) scene.download.onData(peer, piece, 0, long.subarray(0, PIECE), now)
    }
  }
  assert.deepEqual(scene.result, truth)
})

test('a slow peer that is put aside for others gets longer turns, and delivers in the end', () => {
  const data = new Uint8Array(30 * PIECE).fill(7)
  const scene = new Scene({ v1: infoHash(nodeHasher.sha1(data)), v2: undefined })
  for (let n = 0; n < 8; n++) scene.join(1_000_000 + n, 100 + n) // silent
  scene.join(data.length, 1)
  for (let now = 0; now <= 1_000_000 && scene.result === undefined; now += 2500) {
    scene.download.tick(now)
    const next = scene.requests.findIndex(([peer]) => peer === 1) // one piece in 2.5 s: 75 s for all
    const piece = scene.requests[next]?.[1]
    if (next !== -1) scene.requests.splice(next, 1)
    if (piece !== undefined) scene.send(1, piece, data, now)
  }
  assert.deepEqual(scene.result, data)
})

test('[46] sizes that are 0, negative or above 10 MiB are not asked for', () => {
  const scene = new Scene()
  for (const size of [0, -1, 10 * 1024 * 1024 + 1]) scene.join(size, 1)
  assert.deepEqual(scene.requests, [])
})

test('[46] at most four sizes are gathered at a time, however many are claimed', () => {
  const scene = new Scene()
  for (let n = 0; n < 50; n++) scene.join(5_000_000 + n, n)
  assert.equal(new Set(scene.requests.map(([peer]) => peer)).size, 4)
})

test('[44] a peer that rejects rests, ever longer, and others are asked', () => {
  const scene = new Scene()
  scene.join(100, 1)
  scene.download.onReject(1, 0, 0)
  scene.download.tick(9_999)
  assert.deepEqual(scene.requests.splice(0), [[1, 0]])
  scene.download.tick(10_000)
  assert.deepEqual(scene.requests.splice(0), [[1, 0]])
  scene.download.onReject(1, 0, 10_000)
  scene.download.tick(29_999)
  assert.deepEqual(scene.requests, [])
  scene.download.peerJoined(2, 100, 29_999)
  assert.deepEqual(scene.requests, [[2, 0]])
})

test('a reject that answers nothing changes nothing', () => {
  const scene = new Scene()
  scene.join(100, 1)
  scene.download.onReject(1, 5, 0)
  scene.download.onReject(9, 0, 0)
  scene.answer({ 1: truth.subarray(0, 100) })
  assert.deepEqual(scene.blamed, [1]) // wrong hash: it was asked and it counted
})

test('a request that is not answered in 10 s goes to another peer, and a late answer is welcome', () => {
  const scene = new Scene()
  scene.join(truth.length, 1)
  scene.requests.splice(0)
  scene.download.tick(10_000)
  scene.download.peerJoined(2, truth.length, 10_000)
  assert.deepEqual(scene.requests.splice(0), [
    [2, 0],
    [2, 1],
    [2, 2],
    [2, 3],
  ])
  for (const piece of [0, 1, 2, 3]) assert.equal(scene.send(1, piece, truth, 11_000), undefined)
  assert.deepEqual(scene.result, truth)
})

test('what a leaving peer owed is asked of another', () => {
  const scene = new Scene()
  scene.join(8 * PIECE, 1, 2) // asked for pieces 0 to 3 and 4 to 7
  scene.requests.splice(0)
  scene.download.peerLeft(1, 0)
  scene.download.onData(2, 4, 8 * PIECE, truth.subarray(0, PIECE), 0)
  assert.deepEqual(scene.requests, [[2, 0]])
})

test('a peer whose number was given to another is not blamed for what the first one sent', () => {
  const scene = new Scene()
  scene.join(truth.length, 1, 2)
  for (const piece of [0, 1, 2]) scene.send(1, piece, lie)
  scene.download.peerLeft(1, 0)
  scene.join(truth.length, 1)
  scene.requests.splice(0)
  scene.send(2, 3, truth)
  assert.deepEqual(scene.blamed, [])
  scene.answer({ 1: truth, 2: truth })
  assert.deepEqual(scene.result, truth)
})

const violations: readonly [string, (download: MetadataDownload) => string | undefined][] = [
  ['a piece that was not asked for', (download) => download.onData(1, 7, 20 * PIECE, truth.subarray(0, PIECE), 0)],
  ['a piece beyond the end', (download) => download.onData(1, 20, 20 * PIECE, new Uint8Array(0), 0)],
  ['a piece that is too short', (download) => download.onData(1, 0, 20 * PIECE, truth.subarray(1, PIECE), 0)],
  ['a piece that is too long', (download) => download.onData(1, 0, 20 * PIECE, truth.subarray(0, PIECE + 1), 0)],
  ['another total size than before', (download) => download.onData(1, 0, 21 * PIECE, truth.subarray(0, PIECE), 0)],
]
for (const [what, act] of violations) {
  test(`[46] ${what} is a violation, and the peer is asked no more`, () => {
    const scene = new Scene()
    scene.join(20 * PIECE, 1)
    scene.requests.splice(0)
    assert.equal(act(scene.download), 'bad-metadata')
    scene.download.tick(1_000_000)
    assert.deepEqual(scene.requests, [])
  })
}

test('[126] after the end nothing has an effect', () => {
  const scene = new Scene()
  scene.join(truth.length, 1)
  scene.answer({ 1: truth })
  scene.result = undefined
  scene.join(truth.length, 1, 2, 3)
  scene.send(1, 0, truth)
  scene.download.onReject(1, 0, 0)
  scene.download.peerLeft(1, 0)
  scene.download.tick(1_000_000)
  assert.deepEqual([scene.requests, scene.blamed, scene.result], [[], [], undefined])
})
