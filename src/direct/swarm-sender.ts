// Sends to Shoals: torrents that all who accept fetch from us and from each other.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../core/errors.ts'
import { createFromSource } from '../engine/create.ts'
import type { Session } from '../engine/session.ts'
import type { Source } from '../engine/source-files.ts'
import type { Torrent } from '../engine/torrent.ts'
import { type Answer, ask } from './client.ts'
import type { Contact, Contacts } from './contacts.ts'
import type { Identity } from './identity.ts'
import type { Member, Members } from './members.ts'
import { type Outgoing, type OutgoingTransfer, refusal, targetOf } from './outgoing.ts'
import { type Device, parse } from './protocol.ts'
import { filesOf } from './send-plan.ts'
import { OFFER_ANSWER, type Progress, readPart } from './swarm-messages.ts'
import { type Recipient, type SendPart, SwarmSend } from './swarm-send.ts'
import type { KeptSend, SwarmStore } from './swarm-store.ts'

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

/** Who went away in the middle is asked again after this time. */
const AGAIN_MS = 1_000

export class SwarmSender {
  readonly #options: SwarmSenderOptions
  readonly #sends = new Set<SwarmSend>()
  /** Those that nobody else had brought into the session. */
  readonly #added = new Set<Torrent>()
  readonly #leaving = new Map<Torrent, Promise<void>>()
  /** What is under way is kept for the next run. */
  #isClosing = false

  constructor(options: SwarmSenderOptions) {
    this.#options = options
  }

  /** Carries out all these transfers, which end one by one. Never rejects. */
  async run(
    plan: readonly Source[],
    transfers: readonly OutgoingTransfer[],
    pin: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (transfers.length === 0) return
    const send = new SwarmSend(randomUUID(), plan)
    this.#sends.add(send)
    const making = this.#make(send, transfers, signal)
    await Promise.all([making, ...transfers.map((transfer) => this.#give(send, transfer, pin))])
    await this.#end(send)
  }

  /** What an earlier run had begun. */
  goOn(): void {
    for (const kept of this.#options.store.sends) {
      try {
        this.#goOnWith(kept)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        // The files have gone.
        for (const fingerprint of kept.fingerprints) this.#options.store.removeRecipient(kept.id, fingerprint)
      }
    }
  }

  #goOnWith({ id, plan, parts, fingerprints }: KeptSend): void {
    const { contacts, outgoing, store } = this.#options
    const send = new SwarmSend(id, plan)
    for (const { dir, metainfo } of parts) {
      send.add(this.#seed(metainfo, dir, false), metainfo)
    }
    this.#sends.add(send)
    const transfers: OutgoingTransfer[] = []
    const about = { name: plan[0]?.name ?? '', batch: outgoing.newBatch() }
    const given = fingerprints.map((fingerprint) => {
      const contact = contacts.byFingerprint(fingerprint)
      if (contact === undefined) return store.removeRecipient(id, fingerprint)
      const transfer = outgoing.note(contact, filesOf(plan), about)
      transfers.push(transfer)
      const recipient = this.#invite(send, transfer, fingerprint)
      return this.#giveParts(send, recipient, fingerprint, 0) // it may have changed its mind meanwhile
    })
    const making = this.#make(send, transfers, new AbortController().signal)
    const running = Promise.all([making, ...given]).then(() => this.#end(send))
    for (const transfer of transfers) transfer.finished = running
  }

  /** Makes the parts that are not there yet, one after the other, while somebody still waits for them. */
  async #make(send: SwarmSend, transfers: readonly OutgoingTransfer[], signal: AbortSignal): Promise<void> {
    const { session } = this.#options
    const nobody = new AbortController()
    const look = (): void => {
      if (transfers.every(({ cancel }) => cancel.signal.aborted)) nobody.abort()
    }
    for (const { cancel } of transfers) cancel.signal.addEventListener('abort', look)
    const ended = AbortSignal.any([signal, nobody.signal])
    try {
      for (const source of send.plan.slice(send.parts.length)) {
        if (transfers.every(isOver)) throw new AppError('interrupted', 'nobody waits for it')
        const made = await createFromSource(source, { disk: session.disk, isPrivate: true, signal: ended })
        const before = this.#find(made.bytes)
        if (before !== undefined) await this.#leaving.get(before) // of a send that is just over
        const torrent = this.#seed(made.bytes, made.dir, true)
        for (const fingerprint of send.recipients.keys()) this.#admit(torrent, send, fingerprint)
        send.add(torrent, made.bytes)
      }
    } catch (cause) {
      send.fail(cause instanceof AppError ? cause : new AppError('internal', String(cause), { cause }))
    }
  }

  #find(metainfo: Uint8Array): Torrent | undefined {
    return this.#options.session.findByHash(readPart(metainfo).infoHash)
  }

  /** Throws AppError. */
  #seed(metainfo: Uint8Array, dir: string, isHashed: boolean): Torrent {
    const known = this.#find(metainfo)
    if (known !== undefined) {
      if (this.#added.has(known)) return known // somebody else is being sent the same
      throw new AppError('exists', `"${known.name}" is just being received or fetched: send it when that is over`)
    }
    const torrent = this.#options.session.add({ metainfo }, { dir, mode: 'seed', seedTrusted: isHashed })
    this.#added.add(torrent)
    return torrent
  }

  /** Asks, and gives all of it. Never rejects. */
  async #give(send: SwarmSend, transfer: OutgoingTransfer, pin: string | undefined): Promise<void> {
    const { identity, device, meet, contacts, store } = this.#options
    const { to, cancel } = transfer
    let fingerprint: string | undefined
    try {
      const first = await send.each(cancel.signal).next()
      if (first.done === true) return
      transfer.state = 'asking'
      await meet(to)
      fingerprint = contacts.all().find(({ id }) => id === to.id)?.fingerprint ?? ''
      const recipient = this.#invite(send, transfer, fingerprint)
      const json = { info: device(), id: send.id, files: filesOf(send.plan), torrent: toBase64(first.value.metainfo) }
      const query = pin === undefined ? '' : `?pin=${encodeURIComponent(pin)}`
      const target = targetOf(contacts.byFingerprint(fingerprint) ?? to)
      const answer = await ask(identity, target, `/api/shoal/v1/offer${query}`, { json, signal: cancel.signal })
      transfer.isPinWanted = answer.status === 401
      if (answer.status !== 200) throw refusal(to, answer)
      const wanted = parse(OFFER_ANSWER, answer.body)
      transfer.acceptedCount = wanted?.files ?? transfer.fileCount
      transfer.totalBytes = wanted?.bytes ?? transfer.totalBytes
      store.keepRecipient(send.id, send.plan, fingerprint)
      await this.#giveParts(send, recipient, fingerprint, 1)
    } catch (cause) {
      fail(transfer, cause)
      if (fingerprint !== undefined) this.#dismiss(send, fingerprint)
    }
  }

  /** From here on it may fetch, and tell how far it is. */
  #invite(send: SwarmSend, transfer: OutgoingTransfer, fingerprint: string): Recipient {
    const recipient: Recipient = { transfer, told: new Map(), finished: Promise.withResolvers<void>() }
    transfer.cancel.signal.addEventListener('abort', () => {
      recipient.finished.reject(new AppError('interrupted', 'cancelled'))
    })
    recipient.finished.promise.catch(() => {}) // it may be given up before somebody waits for it
    send.recipients.set(fingerprint, recipient)
    for (const { torrent } of send.parts) this.#admit(torrent, send, fingerprint)
    return recipient
  }

  #admit(torrent: Torrent, send: SwarmSend, fingerprint: string): void {
    const to = send.recipients.get(fingerprint)?.transfer.to
    const address = this.#options.contacts.byFingerprint(fingerprint)?.address ?? to?.address
    if (address !== undefined) this.#options.members.add(torrent.key, { fingerprint, address })
  }

  /** It gets no more of it, unless by another send. */
  #dismiss(send: SwarmSend, fingerprint: string): void {
    send.recipients.delete(fingerprint)
    for (const { torrent } of send.parts) {
      const others = [...this.#sends].filter((other) => other.has(torrent.key) && other.recipients.has(fingerprint))
      if (others.length === 0) this.#options.members.remove(torrent.key, fingerprint)
    }
  }

  /** It has accepted: it is told of each part but the first `offered`, and fetches. Never rejects. */
  async #giveParts(send: SwarmSend, recipient: Recipient, fingerprint: string, offered: number): Promise<void> {
    const { store } = this.#options
    const { transfer, finished } = recipient
    transfer.state = 'sending'
    try {
      for await (const part of send.each(transfer.cancel.signal)) {
        store.keepPart(send.id, { part: part.part, dir: part.torrent.dir, metainfo: part.metainfo })
        if (part.part >= offered) await this.#offerPart(send, transfer, part, fingerprint)
      }
      await finished.promise
      transfer.state = 'done'
      transfer.doneBytes = transfer.totalBytes
    } catch (cause) {
      fail(transfer, cause)
      this.#dismiss(send, fingerprint)
    }
    try {
      if (!this.#isClosing) store.removeRecipient(send.id, fingerprint)
    } catch (error) {
      if (!(error instanceof AppError)) throw error // its receiver is asked once more at the next start
    }
  }

  /** Until it has heard of it, however long it is away. Throws AppError: it does not want it any more. */
  async #offerPart(
    send: SwarmSend,
    { to, cancel }: OutgoingTransfer,
    { metainfo }: SendPart,
    fingerprint: string,
  ): Promise<void> {
    const { identity, device, contacts } = this.#options
    const json = { info: device(), id: send.id, torrent: toBase64(metainfo) }
    for (;;) {
      const target = targetOf(contacts.byFingerprint(fingerprint) ?? to)
      const answer = await ask(identity, target, '/api/shoal/v1/offer', { json, signal: cancel.signal }).catch(
        (error: unknown): Answer | undefined => {
          if (error instanceof AppError && error.code !== 'bad-answer') return undefined
          throw error
        },
      )
      if (answer?.status === 200) return
      const isBusy = answer === undefined || answer.status === 429 || answer.status >= 500
      if (!isBusy) throw refusal(to, answer)
      await delay(AGAIN_MS, undefined, { signal: cancel.signal })
    }
  }

  /**
   * A recipient tells how far it is, and hears who else has accepted. 'over': it is none of this torrent, or no more;
   * 'later': we are ending, and will go on.
   */
  progress(
    { fingerprint, address }: Member,
    { infoHash, doneBytes, isDone, isUnwanted }: Progress,
  ): readonly Member[] | 'over' | 'later' {
    const { members } = this.#options
    if (this.#isClosing) return 'later'
    let isOver = true
    for (const send of this.#sends) {
      const recipient = send.recipients.get(fingerprint)
      if (recipient === undefined) continue
      if (!send.has(infoHash) && !send.isWhole) return 'later' // of an earlier run: it is being hashed again
      if (!send.has(infoHash)) continue
      const { finished, transfer } = recipient
      if (isUnwanted) finished.reject(new AppError('busy', `${transfer.to.name} does not want it any more`))
      send.note(recipient, infoHash, doneBytes, isDone)
      isOver = false // who has all of it goes on giving, while others need it
    }
    if (isOver) return 'over'
    members.add(infoHash, { fingerprint, address }) // it may have moved
    return members.of(infoHash).filter((member) => member.fingerprint !== fingerprint)
  }

  /** Call before the transfers are ended: their receivers must not take it for a change of mind. */
  close(): void {
    this.#isClosing = true
  }

  /** All are done, one way or another: the torrents go, unless another send has them too. */
  async #end(send: SwarmSend): Promise<void> {
    this.#sends.delete(send)
    for (const { torrent } of send.parts) {
      if ([...this.#sends].some((other) => other.has(torrent.key)) || !this.#added.delete(torrent)) continue
      this.#options.members.removeSwarm(torrent.key)
      const leaving = this.#options.session.remove(torrent)
      this.#leaving.set(torrent, leaving)
      await leaving
      this.#leaving.delete(torrent)
    }
  }
}

function isOver({ state }: OutgoingTransfer): boolean {
  return state !== 'hashing' && state !== 'asking' && state !== 'sending'
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function fail(transfer: OutgoingTransfer, cause: unknown): void {
  const error = cause instanceof AppError ? cause : new AppError('internal', String(cause), { cause })
  const isCancelled = transfer.cancel.signal.aborted
  transfer.state = isCancelled ? 'cancelled' : error.code === 'busy' ? 'declined' : 'failed'
  transfer.error = isCancelled ? '' : error.message
}
