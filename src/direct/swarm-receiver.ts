// What somebody sends as a swarm: fetched from him and from all others who accepted, and given on to them until he says
// that everybody has it. It comes in parts, each a torrent, of which he tells one after the other.
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
import type { PlannedFile } from './send-plan.ts'
import { offeredFiles, readMembers, readPart, SWARM_ANSWER } from './swarm-messages.ts'
import type { KeptOffer, SwarmStore } from './swarm-store.ts'

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

/** A send that we accepted. */
interface Receipt {
  /** The sender's name for it. */
  readonly id: string
  readonly fingerprint: string
  readonly offer: IncomingOffer
  readonly torrents: Torrent[]
  /** Files that were offered and that no part has brought yet, by `keyOf`: how many of them. */
  missing: ReadonlyMap<string, number>
  /** Torrents that the sender needs us for no more. */
  readonly over: Set<Torrent>
  /** Ends the wait until the sender is told again. */
  news: PromiseWithResolvers<void>
  /** Until it has left. */
  running: Promise<void>
}

const TELL_MS = 1_000
const ASK_MS = 5_000
/** A sender that is away for so long does not come back. */
const AWAY_MS = 7 * 24 * 3_600_000

export class SwarmReceiver {
  readonly #options: SwarmReceiverOptions
  readonly #ended = new AbortController()
  readonly #receipts = new Set<Receipt>()

  constructor(options: SwarmReceiverOptions) {
    this.#options = options
  }

  /** What an earlier run had begun. */
  goOn(): void {
    for (const kept of this.#options.store.offers) this.#goOnWith(kept)
  }

  #goOnWith({ id, fingerprint, dir, files, metainfos }: KeptOffer): void {
    const { store, contacts, incoming } = this.#options
    const from = contacts.byFingerprint(fingerprint)
    if (from === undefined) return store.removeOffer(id, fingerprint)
    const wanted = files.flatMap(({ isWanted }, n) => (isWanted ? [String(n)] : []))
    const offer = incoming.goOn(offeredFiles(files), from, dir, new Set(wanted))
    try {
      const receipt = makeReceipt(id, fingerprint, offer)
      for (const metainfo of metainfos) this.#addPart(receipt, metainfo)
      this.#run(receipt)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      endOffer(offer, 'failed', error.message) // one that cannot go on must not keep all from starting
    }
  }

  /** The offer was accepted; its first part is here. Throws AppError for one that cannot be begun. */
  async begin(offer: IncomingOffer, id: string, metainfo: Uint8Array): Promise<void> {
    await this.#leaveFor(metainfo)
    const receipt = makeReceipt(id, offer.from.fingerprint ?? '', offer)
    const files = [...offer.files.values()].map(({ file, state }) => {
      return { path: file.fileName, size: file.size, isWanted: state !== 'unwanted' }
    })
    const { store } = this.#options
    store.keepOffer({ id, fingerprint: receipt.fingerprint, dir: offer.dir, files })
    try {
      this.#addPart(receipt, metainfo)
    } catch (error) {
      store.removeOffer(id, receipt.fingerprint)
      throw error
    }
    this.#run(receipt)
  }

  /** The same that came before comes again: nobody is given any more of that. */
  async #leaveFor(metainfo: Uint8Array): Promise<void> {
    const same = this.#options.session.findByHash(readPart(metainfo).infoHash)
    const before = [...this.#receipts].find(({ torrents }) => same !== undefined && torrents.includes(same))
    if (before === undefined || !isComplete(before)) return
    for (const torrent of before.torrents) before.over.add(torrent)
    before.news.resolve()
    await before.running
  }

  /** Another part. False: nothing of that name was accepted, or it is over. Throws AppError. */
  more(fingerprint: string, id: string, metainfo: Uint8Array): boolean {
    if (this.#ended.signal.aborted) throw new AppError('busy', 'it ends, and goes on at the next start')
    const receipt = [...this.#receipts].find((one) => one.fingerprint === fingerprint && one.id === id)
    if (receipt === undefined) return false
    this.#addPart(receipt, metainfo)
    receipt.news.resolve()
    return true
  }

  #addPart(receipt: Receipt, metainfo: Uint8Array): void {
    const { session, members, store } = this.#options
    const { id, fingerprint, offer, torrents, missing } = receipt
    const { infoHash, files } = readPart(metainfo)
    const known = session.findByHash(infoHash)
    const left = without(missing, files)
    if (known !== undefined && torrents.includes(known)) {
      // The sender had not heard our answer; or he sends the same file twice, from two folders.
      receipt.missing = left ?? missing
      return
    }
    if (left === undefined) throw new AppError('bad-answer', 'a part has files that were not in the offer')
    const wanted = wantedPaths(offer)
    const select = (path: string): boolean => wanted.has(path)
    const torrent = session.add({ metainfo }, { dir: offer.dir, mode: 'download', select })
    torrents.push(torrent)
    receipt.missing = left
    store.keepGet(id, fingerprint, torrent.key, metainfo)
    members.add(torrent.key, { fingerprint, address: offer.from.address })
    torrent.addPeers([offer.from.address])
    void torrent.finished.then(() => receipt.news.resolve())
  }

  #run(receipt: Receipt): void {
    this.#receipts.add(receipt)
    receipt.running = this.#follow(receipt)
      .catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error
        endOffer(receipt.offer, 'failed', error.message) // the state's disk: it is looked at again at the next start
      })
      .finally(() => this.#receipts.delete(receipt))
  }

  async #follow(receipt: Receipt): Promise<void> {
    const { torrents, over } = receipt
    let heardAt = monotonicMs()
    const isOn = (): boolean => over.size < torrents.length && monotonicMs() - heardAt < AWAY_MS
    while (!this.#ended.signal.aborted && isOn() && !isUnwanted(receipt)) {
      for (const torrent of torrents.filter((one) => !over.has(one))) {
        if (this.#ended.signal.aborted || isUnwanted(receipt)) break
        note(receipt)
        const answer = await this.#tell(receipt, torrent)
        if (answer !== 'away') heardAt = monotonicMs()
        if (answer === 'over') over.add(torrent)
      }
      await this.#wait(receipt)
    }
    await this.#finish(receipt)
  }

  /** A second, or until there is something to tell. */
  async #wait(receipt: Receipt): Promise<void> {
    const enough = new AbortController()
    const signal = AbortSignal.any([enough.signal, this.#ended.signal])
    const second = delay(TELL_MS, undefined, { signal }).catch(() => {}) // then something happened
    await Promise.race([second, receipt.news.promise])
    enough.abort()
    receipt.news = Promise.withResolvers<void>()
  }

  async #finish(receipt: Receipt): Promise<void> {
    const { session, members, store } = this.#options
    const { id, fingerprint, torrents, offer } = receipt
    const [first] = torrents
    if (isUnwanted(receipt) && first !== undefined) await this.#tell(receipt, first)
    for (const torrent of torrents) {
      members.removeSwarm(torrent.key)
      const isDone = torrent.isDone && !isUnwanted(receipt)
      await session.remove(torrent)
      // At our own end all is kept, for the next run.
      if (!isDone && !this.#ended.signal.aborted) await removeData(torrent).catch(() => {}) // what cannot go stays
    }
    if (this.#ended.signal.aborted) return
    store.removeOffer(id, fingerprint)
    if (offer.state === 'receiving') endOffer(offer, 'cancelled')
  }

  async #tell(receipt: Receipt, torrent: Torrent): Promise<'on' | 'over' | 'away'> {
    const { fingerprint, offer } = receipt
    const { identity, contacts, members, port } = this.#options
    const from = contacts.byFingerprint(fingerprint) ?? offer.from
    const { doneBytes } = torrent.status()
    const { isDone } = torrent
    const json = { infoHash: torrent.key, doneBytes, isDone, isUnwanted: isUnwanted(receipt), port: port() }
    members.add(torrent.key, { fingerprint, address: from.address }) // it may have moved
    try {
      const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ASK_MS)])
      const { status, body } = await ask(identity, targetOf(from), '/api/shoal/v1/swarm', { json, signal })
      if (status === 410 || status === 403) return 'over'
      const answer = status === 200 ? parse(SWARM_ANSWER, body) : undefined
      if (answer === undefined) return 'away'
      const others = readMembers(answer)
      members.replace(torrent.key, [{ fingerprint, address: from.address }, ...others])
      torrent.addPeers([from.address, ...others.map(({ address }) => address)])
      return 'on'
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return 'away'
    }
  }

  async close(): Promise<void> {
    this.#ended.abort()
    await Promise.all([...this.#receipts].map(({ running }) => running))
  }
}

function makeReceipt(id: string, fingerprint: string, offer: IncomingOffer): Receipt {
  const missing = new Map<string, number>()
  for (const { file } of offer.files.values()) {
    const key = keyOf({ path: file.fileName, size: file.size })
    missing.set(key, (missing.get(key) ?? 0) + 1)
  }
  const [news, running] = [Promise.withResolvers<void>(), Promise.resolve()]
  return { id, fingerprint, offer, torrents: [], missing, over: new Set(), news, running }
}

function keyOf({ path, size }: PlannedFile): string {
  return `${size} ${path}`
}

function wantedPaths({ files }: IncomingOffer): ReadonlySet<string> {
  return new Set([...files.values()].flatMap(({ file, state }) => (state === 'unwanted' ? [] : [file.fileName])))
}

/** Nothing may come that nobody was asked about: `undefined`, if these files are not all missing. */
function without(
  missing: ReadonlyMap<string, number>,
  files: readonly PlannedFile[],
): ReadonlyMap<string, number> | undefined {
  const left = new Map(missing)
  for (const file of files) {
    const count = left.get(keyOf(file)) ?? 0
    if (count === 0) return undefined
    left.set(keyOf(file), count - 1)
  }
  return left
}

function isComplete({ torrents, missing }: Receipt): boolean {
  return torrents.every((torrent) => torrent.isDone) && [...missing.values()].every((count) => count === 0)
}

/** The user has changed his mind. */
function isUnwanted({ offer }: Receipt): boolean {
  return offer.state === 'declined'
}

/** How far it is, as the user sees it. */
function note(receipt: Receipt): void {
  const { offer, torrents } = receipt
  if (offer.state !== 'receiving') return
  const states = torrents.map((torrent) => torrent.status())
  offer.doneBytes = states.reduce((sum, { doneBytes }) => sum + doneBytes, 0)
  offer.changedAt = monotonicMs()
  const failed = states.find(({ error }) => error !== undefined)
  if (failed !== undefined) endOffer(offer, 'failed', failed.error?.message)
  if (!isComplete(receipt)) return
  offer.received.push(...new Set(torrents.map(({ name }) => name)))
  endOffer(offer, 'done')
}
