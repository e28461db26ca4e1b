// What a look costs that is made once a second for pages and programs that listen: at the inside of large torrents, and at
// many torrents. The daemon does nothing else meanwhile, so it must stay far below a second.
//   npm run bench -- events
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bitfield } from '../src/core/bitfield.ts'
import { FileProgress } from '../src/core/file-progress.ts'
import { Geometry } from '../src/core/geometry.ts'
import type { PieceIndex } from '../src/core/ids.ts'
import { Picker } from '../src/core/pick/picker.ts'
import { leastByPart, marksByPart, shareByPart } from '../src/core/piece-map.ts'
import { Daemon } from '../src/daemon/daemon.ts'
import { FeedReader } from '../src/daemon/torrent-feed.ts'
import { median } from './median.ts'

const MIB = 1024 * 1024
const TIMES = 9
const READERS = 10
/** Looks are shared for half a second (changing.ts). */
const LOOK_MS = 600

function print(title: string, ms: readonly number[]): void {
  console.log(`${title.padEnd(62)} ${median(ms).toFixed(2).padStart(8)} ms`)
}

function measure(title: string, run: () => void): void {
  const ms = Array.from({ length: TIMES }, () => {
    const begunAt = performance.now()
    run()
    return performance.now() - begunAt
  })
  print(title, ms)
}

function geometryOf(pieces: number, files: number): Geometry {
  const length = Math.floor((pieces * MIB) / files)
  const all = Array.from({ length: files }, (_, n) => ({ offset: n * length, length, isPad: false }))
  return new Geometry(all, MIB)
}

/** Every other piece: as many runs as there can be. */
function halfOf(pieces: number, first = 0): Bitfield {
  const have = new Bitfield(pieces)
  for (let piece = first; piece < pieces; piece += 2) have.add(piece)
  return have
}

function drawing(pieces: number): void {
  const geometry = geometryOf(pieces, 1)
  const have = halfOf(pieces)
  const picker = new Picker(geometry, have, { reserve: () => 0, release: () => {}, random: Math.random })
  for (let peer = 0; peer < 50; peer++) picker.peerJoined(peer, halfOf(pieces, peer % 2))
  const active = Array.from({ length: 500 }, (_, n) => ({ piece: n * 7 }))
  const size = `${pieces.toExponential(0).replace('+', '')} pieces`
  measure(`${size}: what is here, or of a peer`, () => shareByPart(have))
  measure(`${size}: how many peers have them (every 2 s)`, () => {
    leastByPart(pieces, (piece) => picker.availability(piece as PieceIndex))
  })
  measure(`${size}: 500 of them under way`, () => marksByPart(pieces, active))
}

function counting(pieces: number, files: number): void {
  const geometry = geometryOf(pieces, files)
  const have = halfOf(pieces)
  const size = `${pieces.toExponential(0).replace('+', '')} pieces, ${files} files`
  measure(`${size}: the first count`, () => new FileProgress(geometry).update(have, 1))
  const progress = new FileProgress(geometry)
  progress.update(have, 1)
  let [look, piece] = [1, 1]
  measure(`${size}: a look, 100 pieces have come`, () => {
    for (let n = 0; n < 100; n++) have.add((piece += 2))
    progress.update(have, ++look)
    progress.since(look - 1)
  })
}

/** A daemon with so many torrents that wait, and those who listen to all of them. */
async function listing(torrents: number): Promise<void> {
  const stateDir = mkdtempSync(join(tmpdir(), 'shoal-events-'))
  const settings = { 'direct-on': false, 'download-dir': stateDir }
  const listen = [{ ip: '127.0.0.1', port: 0 }]
  const daemon = await Daemon.open({ stateDir, settings, session: { listen } })
  try {
    for (let n = 0; n < torrents; n++) {
      const hash = n.toString(16).padStart(40, '0')
      daemon.add({ magnet: `magnet:?xt=urn:btih:${hash}&dn=torrent` }, { wishes: { isStopped: true } })
    }
    const readers = Array.from({ length: READERS }, () => new FeedReader())
    const begunAt = performance.now()
    for (const reader of readers) JSON.stringify(daemon.feed.changesFor(reader))
    print(`${torrents} torrents x ${READERS} readers: all of them at first`, [performance.now() - begunAt])
    const ms: number[] = []
    for (let time = 0; time < TIMES; time++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      const lookedAt = performance.now()
      for (const reader of readers) JSON.stringify(daemon.feed.changesFor(reader))
      ms.push(performance.now() - lookedAt)
    }
    print(`${torrents} torrents x ${READERS} readers: a look, nothing has changed`, ms)
  } finally {
    await daemon.close()
    rmSync(stateDir, { recursive: true, force: true })
  }
}

drawing(1e6)
counting(1e6, 1)
counting(1e6, 20_000)
counting(20_000, 20_000)
await listing(5_000)
