// What a session's events cost, as the number of its torrents grows. Small torrents that seed, without trackers; peers come
// from memory. The clock of the session's timer is turned by hand.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Address } from '../src/core/address.ts'
import { peerId } from '../src/core/ids.ts'
import { HANDSHAKE_BYTES, writeHandshake } from '../src/core/wire/handshake.ts'
import { Session } from '../src/engine/session.ts'
import type { Torrent } from '../src/engine/torrent.ts'
import type { Listener, Network } from '../src/io/network.ts'
import type { Transport, TransportHandler } from '../src/io/transport.ts'
import { median } from './median.ts'
import { makeSmallTorrent } from './small-torrent.ts'

const PEERS = 20_000
const WARM_UP_PEERS = 2_000
/** All torrents have their turn twice. */
const SECONDS = 120
const RUNS = 5

export interface SessionCosts {
  /** ns for each that connects, says its handshake and leaves. */
  readonly peer: number
  /** ns of a second in which nothing happens, for each torrent. */
  readonly second: number
}

export async function sessionCosts(torrents: number): Promise<SessionCosts> {
  const work = mkdtempSync('/dev/shm/shoal-pick-')
  mock.timers.enable({ apis: ['setInterval'] })
  try {
    mkdirSync(join(work, 'data'))
    const door = new Door()
    const listen = [{ ip: '127.0.0.1', port: 1 }]
    const session = await Session.open({ stateDir: join(work, 'state'), listen, network: door })
    const all = Array.from({ length: torrents }, (_, n) => {
      makeSmallTorrent(work, n)
      const metainfo = new Uint8Array(readFileSync(join(work, `${n}.torrent`)))
      return session.add({ metainfo }, { dir: join(work, 'data'), mode: 'seed' })
    })
    while (!all.every((torrent) => torrent.status().state === 'seeding')) await setImmediate()
    await comeAndGo(door, all, WARM_UP_PEERS)
    const peer = await comeAndGo(door, all, PEERS)
    mock.timers.tick(1_000) // those without peers go to sleep
    const second = median(Array.from({ length: RUNS }, waiting)) / torrents
    await session.close()
    return { peer, second }
  } finally {
    mock.timers.reset()
    rmSync(work, { recursive: true })
  }
}

async function comeAndGo(door: Door, torrents: readonly Torrent[], peers: number): Promise<number> {
  const begunAt = performance.now()
  for (let n = 0; n < peers; n++) {
    const [hash] = torrents[(n * 7919) % torrents.length]?.wireHashes ?? []
    const id = peerId(new TextEncoder().encode(String(n).padStart(20, '-')))
    if (hash === undefined || id === undefined) throw new Error('a torrent has a hash, and 20 bytes are an id')
    const handshake = new Uint8Array(HANDSHAKE_BYTES)
    writeHandshake(handshake, 0, hash, id, { extended: false, fast: true, dht: false, v2: false })
    const caller = new Caller()
    const handler = door.accept(caller)
    handler.onBytes(handshake, 0, HANDSHAKE_BYTES)
    await Promise.resolve() // it is greeted when this event is over
    if (caller.sentBytes <= HANDSHAKE_BYTES) throw new Error('the peer was not let in')
    handler.onClose()
  }
  return ((performance.now() - begunAt) * 1e6) / peers
}

/** ns of a second. */
function waiting(): number {
  const begunAt = performance.now()
  mock.timers.tick(SECONDS * 1_000)
  return ((performance.now() - begunAt) * 1e6) / SECONDS
}

class Door implements Network {
  #accept: ((transport: Transport) => TransportHandler) | undefined

  async listen(address: Address, accept: (transport: Transport) => TransportHandler): Promise<Listener> {
    this.#accept = accept
    return { address, close: async () => {} }
  }

  accept(transport: Transport): TransportHandler {
    if (this.#accept === undefined) throw new Error('nobody listens')
    return this.#accept(transport)
  }

  connect(): never {
    throw new Error('seeds without trackers dial nobody')
  }
}

/** Takes everything at once. */
class Caller implements Transport {
  readonly remote: Address = { ip: '127.0.0.1', port: 2 }
  readonly local: Address = { ip: '127.0.0.1', port: 1 }
  readonly queuedBytes = 0
  sentBytes = 0

  send(bytes: Uint8Array, sent?: () => void): boolean {
    this.sentBytes += bytes.length
    sent?.()
    return true
  }

  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {}
}
