// What contacts share, fetched from one or several of them at once; and the other side: what of ours is being fetched.
import { AppError } from '../core/errors.ts'
import type { Session } from '../engine/session.ts'
import type { Torrent } from '../engine/torrent.ts'
import { monotonicMs } from '../io/clock.ts'
import { ask } from './client.ts'
import type { Contact } from './contacts.ts'
import type { Identity } from './identity.ts'
import type { Member, Members } from './members.ts'
import { sharesNothing, targetOf } from './outgoing.ts'
import { parse } from './protocol.ts'
import type { SharedFiles } from './shared-files.ts'
import { TORRENT_ANSWER } from './swarm-messages.ts'

export interface FetchingOptions {
  readonly identity: Identity
  readonly session: Session
  readonly members: Members
  readonly shared: SharedFiles
  readonly port: () => number
}

export interface Fetch {
  readonly id: number
  readonly path: string
  readonly from: readonly string[]
  readonly torrent: Torrent
}

/** Making a torrent of a large folder takes its time. */
const ASK_MS = 10 * 60_000
/** What nobody fetches any more leaves the session after this time. */
const IDLE_MS = 10 * 60_000

export class Fetching {
  readonly #options: FetchingOptions
  readonly #fetches = new Map<number, Fetch>()
  readonly #given = new Map<Torrent, { at: number }>()
  readonly #ended = new AbortController()
  #lastId = 0

  constructor(options: FetchingOptions) {
    this.#options = options
  }

  get all(): Iterable<Fetch> {
    return this.#fetches.values()
  }

  /** From those who have exactly the same. Throws AppError: why the first cannot give it. */
  async get(path: string, from: readonly Contact[], dir: string): Promise<Fetch> {
    const answers = await Promise.allSettled(from.map((contact) => this.#ask(path, contact)))
    const told = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    const [first] = told
    if (first === undefined) throw answers.map((answer) => answer.status === 'rejected' && answer.reason)[0]
    const { session, members } = this.#options
    const torrent = session.add({ metainfo: first.metainfo }, { dir, mode: 'download' })
    const givers = told.filter(({ metainfo }) => Buffer.from(metainfo).equals(first.metainfo))
    for (const { member } of givers) members.add(torrent.key, member)
    torrent.addPeers(givers.map(({ member }) => member.address))
    const fetch = { id: ++this.#lastId, path, from: givers.map(({ name }) => name), torrent }
    this.#fetches.set(fetch.id, fetch)
    return fetch
  }

  async #ask(path: string, contact: Contact): Promise<{ metainfo: Uint8Array; member: Member; name: string }> {
    const { identity, port } = this.#options
    const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ASK_MS)])
    const json = { path, port: port() }
    const answer = await ask(identity, targetOf(contact), '/api/shoal/v1/torrent', { json, signal })
    if (answer.status === 403) throw sharesNothing(contact)
    if (answer.status === 404) throw new AppError('not-found', `${contact.name} does not share "${path}"`)
    const told = answer.status === 200 ? parse(TORRENT_ANSWER, answer.body) : undefined
    if (told === undefined) throw new AppError('bad-answer', `${contact.name} cannot give "${path}" now`)
    return {
      metainfo: new Uint8Array(Buffer.from(told.metainfo, 'base64')),
      member: { fingerprint: answer.fingerprint ?? '', address: contact.address },
      name: contact.name,
    }
  }

  /** It is complete, or not wanted any more: what is there stays. Throws AppError 'not-found'. */
  async end(id: number): Promise<void> {
    const fetch = this.#fetches.get(id)
    if (fetch === undefined) throw new AppError('not-found', `there is no fetch ${id}`)
    this.#fetches.delete(id)
    this.#options.members.removeSwarm(fetch.torrent.key)
    await this.#options.session.remove(fetch.torrent)
  }

  /** Somebody who may asks for a part of what we share: the .torrent. Throws AppError 'not-found', or of the disk. */
  async give(path: string, to: Member): Promise<Uint8Array> {
    const { session, members, shared } = this.#options
    const { metainfo, dir } = await shared.torrentOf(path)
    await this.#forgetIdle()
    const torrent = this.#known(metainfo) ?? session.add({ metainfo }, { dir, mode: 'seed', seedTrusted: true })
    this.#given.set(torrent, { at: monotonicMs() })
    members.add(torrent.key, to)
    return metainfo
  }

  #known(metainfo: Uint8Array): Torrent | undefined {
    return [...this.#given.keys()].find((torrent) => {
      return torrent.origin.kind === 'metainfo' && Buffer.from(torrent.origin.bytes).equals(metainfo)
    })
  }

  async #forgetIdle(): Promise<void> {
    for (const [torrent, { at }] of this.#given) {
      if (torrent.peers.size > 0 || monotonicMs() - at < IDLE_MS) continue
      this.#given.delete(torrent)
      this.#options.members.removeSwarm(torrent.key)
      await this.#options.session.remove(torrent)
    }
  }

  close(): void {
    this.#ended.abort()
  }
}
