// One send to one or many Shoals: a torrent that all who accept fetch from us and from each other.
import { AppError } from '../core/errors.ts'
import { createTorrent } from '../engine/create.ts'
import type { Session } from '../engine/session.ts'
import type { Torrent } from '../engine/torrent.ts'
import { ask } from './client.ts'
import type { Contact, Contacts } from './contacts.ts'
import type { FileToSend } from './files-to-send.ts'
import type { Identity } from './identity.ts'
import type { Member, Members } from './members.ts'
import { type Outgoing, type OutgoingTransfer, refusal, targetOf } from './outgoing.ts'
import type { Device } from './protocol.ts'
import type { SwarmStore } from './swarm-store.ts'

export interface SwarmSenderOptions {
  readonly identity: Identity
  readonly device: () => Device
  readonly session: Session
  readonly members: Members
  readonly contacts: Contacts
  readonly store: SwarmStore
  readonly outgoing: Outgoing
  /** They know each other then. Throws AppError if it is not there. */
  readonly meet: (contact: Contact) => Promise<unknown>
}

interface Recipient {
  readonly transfer: OutgoingTransfer
  /** Bytes that it has, by info-hash. */
  readonly done: Map<string, { bytes: number; isDone: boolean }>
  readonly finished: PromiseWithResolvers<void>
}

/** Torrents of one send, which leave the session when nobody needs them any more. */
interface Send {
  readonly torrents: readonly Torrent[]
  readonly recipients: Map<string, Recipient>
}

export class SwarmSender {
  readonly #options: SwarmSenderOptions
  readonly #sends = new Set<Send>()
  /** Those that nobody else had brought into the session. */
  readonly #added = new Set<Torrent>()
  /** What is under way is kept for the next run. */
  #isClosing = false

  constructor(options: SwarmSenderOptions) {
    this.#options = options
  }

  /** Carries out all these transfers, which end one by one. Never rejects. */
  async run(
    paths: readonly string[],
    transfers: readonly OutgoingTransfer[],
    pin: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (transfers.length === 0) return
    let send: Send | undefined
    try {
      const made = await this.#make(paths, signal)
      const torrents = made.map(({ torrent }) => torrent)
      const begun: Send = { torrents, recipients: new Map() }
      send = begun
      this.#sends.add(begun)
      const metainfos = made.map(({ bytes }) => Buffer.from(bytes).toString('base64'))
      await Promise.all(transfers.map((transfer) => this.#give(begun, transfer, metainfos, pin)))
    } catch (cause) {
      for (const transfer of transfers) fail(transfer, cause)
    } finally {
      if (send !== undefined) await this.#end(send)
    }
  }

  /** What an earlier run had begun. */
  goOn(): void {
    const { store, session, contacts, outgoing } = this.#options
    for (const { infoHash, dir, metainfo, fingerprints } of store.sends) {
      try {
        const torrent = session.add({ metainfo }, { dir, mode: 'seed' })
        this.#added.add(torrent)
        const send: Send = { torrents: [torrent], recipients: new Map() }
        this.#sends.add(send)
        const files = filesOfTorrent(torrent)
        const given = fingerprints.flatMap((fingerprint) => {
          const contact = contacts.byFingerprint(fingerprint)
          return contact === undefined ? [] : [this.#awaitDone(send, outgoing.note(contact, files), fingerprint)]
        })
        void Promise.all(given).then(() => this.#end(send))
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        for (const fingerprint of fingerprints) store.removeSend(infoHash, fingerprint) // the files have gone
      }
    }
  }

  async #make(
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly torrent: Torrent }[]> {
    const { session } = this.#options
    const made = []
    for (const path of paths) {
      const { bytes, dir, metainfo } = await createTorrent(path, { disk: session.disk, isPrivate: true, signal })
      const { infoHashV1 } = metainfo.info
      const before = infoHashV1 && session.findByHash(infoHashV1) // somebody else is being sent the same
      const torrent = before ?? session.add({ metainfo: bytes }, { dir, mode: 'seed', seedTrusted: true })
      if (before === undefined) this.#added.add(torrent)
      made.push({ bytes, torrent })
    }
    return made
  }

  async #give(
    send: Send,
    transfer: OutgoingTransfer,
    torrents: readonly string[],
    pin: string | undefined,
  ): Promise<void> {
    const { identity, device, meet } = this.#options
    const { signal } = transfer.cancel
    const { to } = transfer
    try {
      transfer.state = 'asking'
      await meet(to)
      const json = { info: device(), torrents }
      const query = pin === undefined ? '' : `?pin=${encodeURIComponent(pin)}`
      const answer = await ask(identity, targetOf(to), `/api/shoal/v1/offer${query}`, { json, signal })
      if (answer.status !== 200) throw refusal(to, answer)
      const fingerprint = answer.fingerprint ?? ''
      for (const [n, { key, dir }] of send.torrents.entries()) {
        const metainfo = new Uint8Array(Buffer.from(torrents[n] ?? '', 'base64'))
        this.#options.store.keepSend({ infoHash: key, dir, metainfo }, fingerprint)
      }
      await this.#awaitDone(send, transfer, fingerprint)
    } catch (cause) {
      fail(transfer, cause)
    }
  }

  /** It has accepted, and fetches. Never rejects. */
  async #awaitDone(send: Send, transfer: OutgoingTransfer, fingerprint: string): Promise<void> {
    const { members, store } = this.#options
    const { signal } = transfer.cancel
    const recipient: Recipient = { transfer, done: new Map(), finished: Promise.withResolvers<void>() }
    send.recipients.set(fingerprint, recipient)
    for (const { key } of send.torrents) members.add(key, { fingerprint, address: transfer.to.address })
    transfer.state = 'sending'
    transfer.acceptedCount = transfer.fileCount
    signal.addEventListener('abort', () => recipient.finished.reject(new AppError('interrupted', 'cancelled')))
    try {
      await recipient.finished.promise
      transfer.state = 'done'
      transfer.doneBytes = transfer.totalBytes
    } catch (cause) {
      fail(transfer, cause)
    }
    try {
      if (!this.#isClosing) for (const { key } of send.torrents) store.removeSend(key, fingerprint)
    } catch (error) {
      if (!(error instanceof AppError)) throw error // its receiver is asked once more at the next start
    }
  }

  /**
   * A recipient tells how far it is, and hears who else has accepted. 'over': it is none of this torrent, or no more;
   * 'later': we are ending, and will go on.
   */
  progress(
    { fingerprint, address }: Member,
    infoHash: string,
    bytes: number,
    isDone: boolean,
  ): readonly Member[] | 'over' | 'later' {
    const { members } = this.#options
    if (this.#isClosing) return 'later'
    if (!members.isMember(infoHash, fingerprint)) return 'over'
    members.add(infoHash, { fingerprint, address }) // it may have moved
    for (const { torrents, recipients } of this.#sends) {
      const recipient = recipients.get(fingerprint)
      if (recipient === undefined || !torrents.some(({ key }) => key === infoHash)) continue
      const { transfer, done, finished } = recipient
      if (transfer.state !== 'sending') return 'over'
      done.set(infoHash, { bytes, isDone })
      transfer.doneBytes = Math.min(
        transfer.totalBytes,
        [...done.values()].reduce((sum, one) => sum + one.bytes, 0),
      )
      if (torrents.every(({ key }) => done.get(key)?.isDone === true)) finished.resolve()
      return members.of(infoHash).filter((member) => member.fingerprint !== fingerprint)
    }
    return 'over'
  }

  /** Call before the transfers are ended: their receivers must not take it for a change of mind. */
  close(): void {
    this.#isClosing = true
  }

  /** All are done, one way or another: the torrents go, unless another send has them too. */
  async #end(send: Send): Promise<void> {
    this.#sends.delete(send)
    for (const torrent of send.torrents) {
      if ([...this.#sends].some(({ torrents }) => torrents.includes(torrent)) || !this.#added.delete(torrent)) continue
      this.#options.members.removeSwarm(torrent.key)
      await this.#options.session.remove(torrent)
    }
  }
}

function filesOfTorrent({ info, dir }: Torrent): FileToSend[] {
  const files = info?.files.filter(({ isPad }) => !isPad) ?? []
  return files.map(({ path, length }) => ({ path: dir, name: path.join('/'), size: length, type: '' }))
}

function fail(transfer: OutgoingTransfer, cause: unknown): void {
  const error = cause instanceof AppError ? cause : new AppError('internal', String(cause), { cause })
  const isCancelled = transfer.cancel.signal.aborted
  transfer.state = isCancelled ? 'cancelled' : error.code === 'busy' ? 'declined' : 'failed'
  transfer.error = isCancelled ? '' : error.message
}
