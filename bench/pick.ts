// What one event costs in the picker, the choker, a queue of requests and a session, as the number of pieces, peers and
// torrents grows: it must stay flat, or grow like a logarithm.
//   npm run bench -- pick
import { Bitfield } from '../src/core/bitfield.ts'
import { Choker } from '../src/core/choke/choker.ts'
import { BLOCK_BYTES, Geometry } from '../src/core/geometry.ts'
import type { PieceIndex } from '../src/core/ids.ts'
import { Picker } from '../src/core/pick/picker.ts'
import { RequestQueue } from '../src/engine/request-queue.ts'
import { type SessionCosts, sessionCosts } from './session-events.ts'

const BLOCKS = 16
const EVENTS = 200_000

/** The same numbers in every run. */
function makeRandom(): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function makePicker(pieces: number, random: () => number): { picker: Picker; geometry: Geometry } {
  const geometry = new Geometry(
    [{ offset: 0, length: pieces * BLOCKS * BLOCK_BYTES, isPad: false }],
    BLOCKS * BLOCK_BYTES,
  )
  const effects = { reserve: () => BLOCKS, release: () => {}, random }
  const picker = new Picker(geometry, new Bitfield(pieces), effects)
  for (let piece = 0; piece < pieces; piece++) picker.setPriority(piece as PieceIndex, 4)
  return { picker, geometry }
}

/** A seed that answers everything: ns per block (asked, begun, finished; every 16th ends a piece). */
function downloading(pieces: number): number {
  const { picker, geometry } = makePicker(pieces, makeRandom())
  const all = new Bitfield(pieces)
  all.fill()
  picker.peerJoined(0, all)
  let blocks = 0
  const begunAt = performance.now()
  while (blocks < EVENTS) {
    const block = picker.next(0, blocks)
    if (block === -1) break
    picker.begin(0, block)
    if (picker.finish(0, block)) picker.stored(geometry.pieceOfBlock(block))
    blocks++
  }
  return ((performance.now() - begunAt) * 1e6) / blocks
}

/** Peers without anything that get piece after piece: ns per `have`. */
function having(pieces: number, peers: number): number {
  const random = makeRandom()
  const { picker } = makePicker(pieces, random)
  for (let peer = 0; peer < peers; peer++) picker.peerJoined(peer, new Bitfield(pieces))
  const events = Math.min(EVENTS, (pieces * peers) >> 2)
  const begunAt = performance.now()
  for (let n = 0; n < events; n++) {
    picker.peerHas(Math.floor(random() * peers), Math.floor(random() * pieces) as PieceIndex)
  }
  return ((performance.now() - begunAt) * 1e6) / events
}

/** ns per peer of a round, once in ten seconds. */
function choking(peers: number): number {
  const random = makeRandom()
  const choker = new Choker()
  const all = Array.from({ length: peers }, (_, id) => ({
    id,
    isInterested: id % 3 !== 0,
    isSnubbed: false,
    downloadBytesPerSec: random() * 1e6,
    uploadBytesPerSec: random() * 1e6,
    joinedAt: id,
  }))
  const rounds = Math.max(3, Math.ceil(EVENTS / peers / 4))
  const begunAt = performance.now()
  for (let round = 0; round < rounds; round++) choker.round(all, round * 10_000, round % 2 === 0, random)
  return ((performance.now() - begunAt) * 1e6) / rounds / peers
}

/** ns per request that comes and is answered, with so many waiting. */
function queueing(waiting: number): number {
  const queue = new RequestQueue(waiting + 1)
  for (let n = 0; n < waiting; n++) queue.push(n, 0, BLOCK_BYTES)
  const begunAt = performance.now()
  for (let n = 0; n < EVENTS; n++) {
    queue.push(n, 0, BLOCK_BYTES)
    queue.shift(1)
  }
  return ((performance.now() - begunAt) * 1e6) / EVENTS
}

function print(title: string, sizes: readonly number[], measure: (size: number) => number): void {
  for (const size of sizes.slice(0, 2)) measure(size) // compiled by then
  printRow(title, sizes, sizes.map(measure))
}

function printRow(title: string, sizes: readonly number[], costs: readonly number[]): void {
  const cells = sizes.map((size, n) => `${size.toExponential(0).replace('+', '')}: ${costs[n]?.toFixed(0)}`)
  console.log(`${title.padEnd(48)} ${cells.join('   ')}`)
}

console.log('nanoseconds per event, by number of pieces, peers, requests or torrents\n')
const PIECES = [1e2, 1e3, 1e4, 1e5, 1e6]
print('a block asked and got, by pieces', PIECES, downloading)
print('a have of one of 100 peers, by pieces', PIECES, (pieces) => having(pieces, 100))
print('a have, 10,000 pieces, by peers', [1, 1e1, 1e2, 1e3, 1e4], (peers) => having(1e4, peers))
print('a choking round, per peer, by peers', [1e1, 1e2, 1e3, 1e4], choking)
print('a request queued and answered, by those waiting', [1, 1e1, 1e2, 1e3], queueing)

const TORRENTS = [1, 1e1, 1e2, 1e3, 1e4]
await sessionCosts(10) // compiled by then
const costs: SessionCosts[] = []
for (const torrents of TORRENTS) costs.push(await sessionCosts(torrents))
const costsOf = (kind: 'peer' | 'second'): number[] => costs.map((cost) => cost[kind])
printRow('a peer that comes and leaves, by torrents', TORRENTS, costsOf('peer'))
printRow('a second without peers, per torrent, by torrents', TORRENTS, costsOf('second'))
