// What somebody sends as a swarm: fetched from him and from all others who accepted, and given on to them until he says
// that everybody has it.
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../core/errors.ts'
import { removeData } from '../engine/torrent-data.ts'
import type { Session } from '../engine/session.ts'
import type { Torrent } from '../engine/torrent.ts'
import { monotonicMs } from '../io/clock.ts'
import { ask } from './client.ts'
import type { Contacts } from './contacts.ts'
import type { Identity } from './identity.ts'
import { endOffer, type Incoming, type IncomingOffer } from './incoming.ts'
import type { Members } from './members.ts'
import { targetOf } from './outgoing.ts'
import { parse } from './protocol.ts'
import { offeredFiles, readMembers, SWARM_ANSWER } from './swarm-messages.ts'
import type { SwarmStore } from './swarm-store.ts'

export interface SwarmReceiverOptions {
  readonly identity: Identity
  readonly contacts: Contacts
  readonly session: Session
  readonly members: Members
  readonly store: SwarmStore
  readonly incoming: Incoming
  /** Where others reach us. */
  readonly port: () => number
}

const TELL_MS = 1_000
const ASK_MS = 5_000
/** A sender that is away for so long does not come back. */
const AWAY_MS = 7 * 24 * 3_600_000

export class SwarmReceiver {
  readonly #options: SwarmReceiverOptions
  readonly #ended = new AbortController()
  readonly #running = new Set<Promise<void>>()

  constructor(options: SwarmReceiverOptions) {
    this.#options = options
  }

  /** What an earlier run had begun. */
  goOn(): void {
    const { store, contacts, incoming } = this.#options
    for (const { infoHash, dir, metainfo, fingerprint } of store.gets) {
      const from = contacts.byFingerprint(fingerprint)
      const wanted = offeredFiles([metainfo])
      if (from === undefined || wanted === undefined) {
        store.removeGet(infoHash)
        continue
      }
      const offer = incoming.goOn(wanted, from, dir)
      try {
        this.begin(offer, [metainfo])
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        endOffer(offer, 'failed', error.message) // one that cannot go on must not keep all from starting
      }
    }
  }

  /** The offer was accepted. Throws AppError for torrents that cannot be begun. */
  begin(offer: IncomingOffer, metainfos: readonly Uint8Array[]): void {
    const { session, members, store } = this.#options
    const { from, dir } = offer
    const torrents = metainfos.map((metainfo) => session.add({ metainfo }, { dir, mode: 'download' }))
    for (const [n, torrent] of torrents.entries()) {
      const metainfo = metainfos[n] ?? new Uint8Array(0)
      store.keepGet({ infoHash: torrent.key, dir, metainfo, fingerprint: from.fingerprint ?? '' })
      members.add(torrent.key, { fingerprint: from.fingerprint ?? '', address: from.address })
      torrent.addPeers([from.address])
    }
    const running = this.#follow(offer, torrents)
      .catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error
        endOffer(offer, 'failed', error.message) // the state's disk: it is looked at again at the next start
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #follow(offer: IncomingOffer, torrents: readonly Torrent[]): Promise<void> {
    const { session, members, store } = this.#options
    const over = new Set<Torrent>()
    let heardAt = monotonicMs()
    while (!this.#ended.signal.aborted && over.size < torrents.length && monotonicMs() - heardAt < AWAY_MS) {
      await delay(TELL_MS, undefined, { signal: this.#ended.signal }).catch(() => {}) // then the loop ends
      if (this.#ended.signal.aborted) break
      note(offer, torrents)
      for (const torrent of torrents.filter((one) => !over.has(one))) {
        const answer = await this.#tell(offer, torrent)
        if (answer !== 'away') heardAt = monotonicMs()
        if (answer === 'over') over.add(torrent)
      }
    }
    for (const torrent of torrents) {
      members.removeSwarm(torrent.key)
      const isDone = torrent.isDone
      await session.remove(torrent)
      // At our own end all is kept, for the next run.
      if (this.#ended.signal.aborted) continue
      store.removeGet(torrent.key)
      if (!isDone) await removeData(torrent).catch(() => {}) // what cannot go stays
    }
    if (offer.state === 'receiving' && !this.#ended.signal.aborted) endOffer(offer, 'cancelled')
  }

  async #tell(offer: IncomingOffer, torrent: Torrent): Promise<'on' | 'over' | 'away'> {
    const { identity, contacts, members, port } = this.#options
    const from = contacts.byFingerprint(offer.from.fingerprint ?? '') ?? offer.from
    const { doneBytes } = torrent.status()
    const json = { infoHash: torrent.key, doneBytes, isDone: torrent.isDone, port: port() }
    members.add(torrent.key, { fingerprint: from.fingerprint ?? '', address: from.address }) // it may have moved
    try {
      const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ASK_MS)])
      const { status, body } = await ask(identity, targetOf(from), '/api/shoal/v1/swarm', { json, signal })
      if (status === 410 || status === 403) return 'over'
      const answer = status === 200 ? parse(SWARM_ANSWER, body) : undefined
      if (answer === undefined) return 'away'
      const others = readMembers(answer)
      for (const member of others) members.add(torrent.key, member)
      torrent.addPeers([from.address, ...others.map(({ address }) => address)])
      return 'on'
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return 'away'
    }
  }

  async close(): Promise<void> {
    this.#ended.abort()
    await Promise.all(this.#running)
  }
}

/** How far it is, as the user sees it. */
function note(offer: IncomingOffer, torrents: readonly Torrent[]): void {
  if (offer.state !== 'receiving') return
  const states = torrents.map((torrent) => torrent.status())
  offer.doneBytes = states.reduce((sum, { doneBytes }) => sum + doneBytes, 0)
  offer.changedAt = monotonicMs()
  const failed = states.find(({ error }) => error !== undefined)
  if (failed !== undefined) endOffer(offer, 'failed', failed.error?.message)
  if (!torrents.every((torrent) => torrent.isDone)) return
  offer.received.push(...torrents.map(({ name }) => name))
  endOffer(offer, 'done')
}
