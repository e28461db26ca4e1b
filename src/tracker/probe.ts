// Looks whether peers are still there (`--probe`): in every round each address is connected to once, and who missed two
// rounds is dropped. Peers that cannot be reached from outside are so dropped too, which helps nobody less: others could
// not reach them either. A connection is proof enough; a handshake would call peers that want encryption, or that
// are full, dead. Only ports of the announcer's own address are knocked at, so this is no tool to scan others.
import net from 'node:net'
import { type Address, parseCompact } from '../core/address.ts'
import { toLatin1 } from '../core/bytes.ts'
import type { SwarmStore } from './store.ts'

/** What one attempt told. `unknown`: it failed for a reason of this machine. */
export type ProbeResult = 'there' | 'gone' | 'unknown'
export type Knock = (address: Address, signal: AbortSignal) => Promise<ProbeResult>

const CONCURRENCY = 64
/** A lost SYN is sent again after 1 and after 3 s. */
const TIMEOUT_MS = 4_000
const MAX_MISSES = 2

export class Probe {
  readonly #store: SwarmStore
  readonly #knock: Knock
  readonly #stopping: AbortController
  /** Addresses that missed the last rounds, as compact latin1. */
  #misses: Map<string, number>
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void>

  constructor(store: SwarmStore, knock: Knock = knockTcp) {
    this.#store = store
    this.#knock = knock
    this.#stopping = new AbortController()
    this.#misses = new Map()
    this.#timer = undefined
    this.#running = Promise.resolve()
  }

  /** A round every `everyMs`, or as soon as the last one is through. */
  start(everyMs: number): void {
    this.#timer = setTimeout(() => {
      this.#running = this.round()
        .catch(() => {}) // a store that fails now may work in the next round
        .then(() => {
          if (!this.#stopping.signal.aborted) this.start(everyMs)
        })
    }, everyMs)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#stopping.abort()
    await this.#running
  }

  async round(): Promise<void> {
    const addresses = await this.#store.addresses()
    const misses = new Map<string, number>()
    const gone: Uint8Array[] = []
    let next = 0
    const worker = async (): Promise<void> => {
      for (let i = next++; i < addresses.length && !this.#stopping.signal.aborted; i = next++) {
        const compact = addresses[i]
        const [address] = compact === undefined ? [] : parseCompact(compact, compact.length === 6 ? 6 : 18)
        if (compact === undefined || address === undefined) continue
        const result = await this.#knock(address, this.#stopping.signal)
        if (result === 'there') continue
        const key = toLatin1(compact)
        const missed = (this.#misses.get(key) ?? 0) + (result === 'gone' ? 1 : 0)
        if (missed >= MAX_MISSES) gone.push(compact)
        else misses.set(key, missed)
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker))
    this.#misses = misses
    if (gone.length > 0 && !this.#stopping.signal.aborted) await this.#store.remove(gone)
  }
}

/** Failures that say nothing about the peer: no descriptors, no route, no free local port. */
const OUR_FAULTS: readonly unknown[] = [
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]

function knockTcp(address: Address, signal: AbortSignal): Promise<ProbeResult> {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>()
  const socket = net.connect({ host: address.ip, port: address.port })
  const finish = (result: ProbeResult): void => {
    signal.removeEventListener('abort', onAbort)
    socket.destroy()
    resolve(result)
  }
  const onAbort = (): void => finish('unknown')
  signal.addEventListener('abort', onAbort)
  socket.setTimeout(TIMEOUT_MS, () => finish('gone'))
  socket.on('connect', () => finish('there'))
  socket.on('error', (error: NodeJS.ErrnoException) => finish(OUR_FAULTS.includes(error.code) ? 'unknown' : 'gone'))
  return promise
}
