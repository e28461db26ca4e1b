// People: who we are, whom we know, and what goes between us. Joins the parts of this folder.
import { type Address, printAddress } from '../core/address.ts'
import { AppError, assert } from '../core/errors.ts'
import { hashKey, type InfoHash } from '../core/ids.ts'
import { writeTorrent } from '../core/metainfo/build.ts'
import { Session } from '../engine/session.ts'
import type { Source } from '../engine/source-files.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Database } from '../io/database.ts'
import { localAddresses, type MulticastOptions } from '../io/multicast.ts'
import { TlsNetwork } from '../io/tls.ts'
import { type Contact, Contacts } from './contacts.ts'
import { Delivery } from './delivery.ts'
import { Discovery } from './discovery.ts'
import { readOrMakeIdentity, type Identity } from './identity.ts'
import { Incoming } from './incoming.ts'
import { Fetching } from './fetching.ts'
import { Link } from './link.ts'
import { Meeting, type Ping } from './meeting.ts'
import { Members } from './members.ts'
import { Outgoing, type OutgoingTransfer, sharesNothing } from './outgoing.ts'
import { PairCodes } from './pair-code.ts'
import { DEFAULT_PORT, type Device, MULTICAST_GROUP, parse, PROTOCOL_VERSION, SHOAL_MODEL } from './protocol.ts'
import { type DirectServer, type DirectServerOptions, serveDirect } from './server.ts'
import { addressesNearby, scan } from './scan.ts'
import { filesOf, FIRST_PART_BYTES, planSend } from './send-plan.ts'
import { type SharedEntry, SharedFiles } from './shared-files.ts'
import { FILES_ANSWER, KNOWN_TORRENT } from './swarm-messages.ts'
import { SwarmReceiver } from './swarm-receiver.ts'
import { SwarmSender } from './swarm-sender.ts'
import { SwarmStore } from './swarm-store.ts'
import { Talk } from './talk.ts'

/** May change while it runs. */
export interface DirectSettings {
  readonly name: string
  readonly receiveDir: string
  readonly accept: 'nobody' | 'trusted' | 'everybody'
  readonly pin: string
  /** Empty: nothing is shared. */
  readonly sharedDir: string
}

export interface DirectOptions {
  readonly stateDir: string
  readonly db: Database
  readonly settings: () => DirectSettings
  readonly host: string
  /** 0: any. If it is taken, and nobody chose it, any as well. */
  readonly port: number
  readonly isPortChosen: boolean
  /** The session whose disk and limits hold here, too. Default: none. */
  readonly shares?: Session
  /** See send-plan.ts. */
  readonly firstPartBytes?: number
  /** Absent: nobody is looked for. */
  readonly multicast?: Partial<MulticastOptions> | undefined
}

export interface KnownTorrent {
  readonly metainfo: Uint8Array
  readonly peer: Address
}

/** Nobody answered for so long: multicast does not get through here. */
const LONELY_MS = 1_500
const SCAN_AGAIN_MS = 60_000
/** For a call to an address where somebody may be. */
const CALL_MS = 1_500

export class Direct {
  readonly identity: Identity
  readonly contacts: Contacts
  readonly codes: PairCodes
  readonly talk: Talk
  readonly incoming: Incoming
  readonly outgoing: Outgoing
  readonly #options: DirectOptions
  readonly #ended = new AbortController()
  readonly #meeting: Meeting
  readonly #delivery: Delivery
  readonly #members = new Members()
  readonly #network: TlsNetwork
  #session: Session | undefined
  #shared: SharedFiles | undefined
  #fetching: Fetching | undefined
  #sender: SwarmSender | undefined
  #receiver: SwarmReceiver | undefined
  #server: DirectServer | undefined
  #discovery: Discovery | undefined
  #link: Link | undefined
  #lonely: NodeJS.Timeout | undefined
  #metAt = Number.NEGATIVE_INFINITY
  #scannedAt = Number.NEGATIVE_INFINITY

  /** Throws AppError: 'port-in-use', or what is wrong with the state folder. */
  static async open(options: DirectOptions): Promise<Direct> {
    const direct = new Direct(options)
    try {
      await direct.#open()
      return direct
    } catch (error) {
      await direct.close()
      throw error
    }
  }

  private constructor(options: DirectOptions) {
    this.#options = options
    this.identity = readOrMakeIdentity(options.stateDir)
    this.contacts = new Contacts(options.db)
    this.codes = new PairCodes(this.identity.fingerprint)
    this.talk = new Talk(options.db)
    const { settings } = options
    this.incoming = new Incoming({ dir: () => settings().receiveDir, accept: () => settings().accept })
    this.outgoing = new Outgoing(this.identity, () => this.device())
    const device = (): Device => this.device()
    this.#meeting = new Meeting({ identity: this.identity, contacts: this.contacts, device })
    const { contacts, talk } = this
    this.#delivery = new Delivery({ contacts, talk, meeting: this.#meeting, device })
    const { key, cert } = this.identity
    this.#network = new TlsNetwork({
      key,
      cert,
      fingerprintAt: (remote) => this.#members.fingerprintAt(remote),
      isWelcome: (fingerprint) =>
        this.#members.isWelcome(fingerprint) && contacts.byFingerprint(fingerprint)?.trust !== 'blocked',
    })
  }

  async #open(): Promise<void> {
    const { host, port, isPortChosen, settings, multicast } = this.#options
    const { identity, contacts, incoming, talk } = this
    const device = (): Device => this.device()
    const met = (contact: Contact): void => this.#met(contact)
    const served: DirectServerOptions = {
      ...{ identity, contacts, incoming, talk, device, met },
      moved: (contact, address) => void this.#meeting.moved(contact, address),
      pin: () => settings().pin,
      receive: (...offered) => begun(this.#receiver).begin(...offered),
      receiveMore: (...part) => begun(this.#receiver).more(...part),
      progress: (...told) => this.#sender?.progress(...told) ?? 'later',
      peer: (socket) => this.#network.adopt(socket),
      torrent: (hash) => this.#torrentOf(hash),
      shared: () => this.#shared,
      fetching: () => this.#fetching,
      link: () => this.link,
    }
    try {
      this.#server = await serveDirect(served, host, port)
    } catch (error) {
      if (isPortChosen) throw error
      this.#server = await serveDirect(served, host, 0)
    }
    await this.#openSwarms()
    if (multicast !== undefined) {
      const where = { group: MULTICAST_GROUP, port: DEFAULT_PORT, ...multicast }
      // Without it people are found by address all the same.
      this.#discovery = await Discovery.open({
        ...{ identity, contacts, device, met, multicast: where },
        meeting: this.#meeting,
      }).catch(() => undefined)
    }
  }

  /** Torrents that go between people only: a session of their own, inside TLS. */
  async #openSwarms(): Promise<void> {
    const { stateDir, db, host, shares } = this.#options
    const listen = [{ ip: host, port: this.port }]
    const network = this.#network
    const session = await Session.open({ stateDir, listen, network, encryption: 'off', ...(shares && { shares }) })
    this.#session = session
    const { identity, contacts } = this
    const members = this.#members
    const meet = (contact: Contact): Promise<Device> => this.#meeting.meet(contact)
    const parts = { identity, contacts, session, members, store: new SwarmStore(db) }
    this.#sender = new SwarmSender({ ...parts, outgoing: this.outgoing, device: () => this.device(), meet })
    this.#receiver = new SwarmReceiver({ ...parts, incoming: this.incoming, port: () => this.port })
    this.#shared = new SharedFiles(db, session.disk, () => this.#options.settings().sharedDir)
    this.#fetching = new Fetching({ ...parts, shared: this.#shared, port: () => this.port })
    this.#sender.goOn()
    this.#receiver.goOn()
  }

  /** To Shoals as one swarm, in which they help each other; to other programs one by one. Throws AppError for the paths. */
  async send(paths: readonly string[], to: readonly Contact[], pin?: string): Promise<OutgoingTransfer[]> {
    const [shoals, others] = [to.filter(({ isShoal }) => isShoal), to.filter(({ isShoal }) => !isShoal)]
    const plan = shoals.length === 0 ? [] : await this.#plan(paths)
    const batch = this.outgoing.newBatch()
    const transfers = await Promise.all(others.map((contact) => this.outgoing.send(paths, contact, pin, batch)))
    const about = { name: plan[0]?.name ?? '', batch }
    const ours = shoals.map((contact) => this.outgoing.note(contact, filesOf(plan), about))
    const running = this.#sender?.run(plan, ours, pin, this.#ended.signal)
    for (const transfer of ours) transfer.finished = running ?? Promise.resolve()
    return [...transfers, ...ours]
  }

  async #plan(paths: readonly string[]): Promise<Source[]> {
    const { session } = this
    assert(session !== undefined, 'it is open')
    const { firstPartBytes = FIRST_PART_BYTES } = this.#options
    return planSend(paths, session.disk, firstPartBytes, this.#ended.signal)
  }

  /** What is shared by link now. */
  get link(): Link | undefined {
    if (this.#link?.isForgotten === true) this.#link = undefined
    return this.#link
  }

  /** Throws AppError: 'busy' while there is another, or what cannot be read. */
  async openLink(paths: readonly string[], pin: string): Promise<Link> {
    const link = await Link.make(paths, pin)
    if (this.link !== undefined) throw new AppError('busy', 'another link is open: end it first')
    this.#link = link
    return link
  }

  closeLink(): void {
    this.#link = undefined
  }

  /** How browsers of this network reach us. */
  get linkUrls(): string[] {
    const { host } = this.#options
    const ips = host === '::' ? localAddresses() : [host]
    if (ips.length === 0) ips.push('127.0.0.1') // in no network
    return ips.map((ip) => `http://${printAddress({ ip, port: this.port })}/`)
  }

  /** Throws AppError: not there, or somebody else. */
  ping(contact: Contact): Promise<Ping> {
    return this.#meeting.ping(contact)
  }

  /** True: it has it now; false: it waits until the contact is there. */
  say(contact: Contact, text: string): Promise<boolean> {
    return this.#delivery.say(contact, text)
  }

  get fetching(): Fetching {
    assert(this.#fetching !== undefined, 'it is open')
    return this.#fetching
  }

  /** What a contact shares with us: a page, of files whose paths have all the words. Throws AppError. */
  async filesOf(contact: Contact, words: string, after: string): Promise<readonly SharedEntry[]> {
    await this.#meeting.meet(contact)
    const path = `/api/shoal/v1/files?${new URLSearchParams({ words, after }).toString()}`
    const answer = await this.#meeting.ask(contact, path, { method: 'GET' })
    if (answer.status === 403 || answer.status === 404) {
      throw sharesNothing(contact)
    }
    const files = answer.status === 200 ? parse(FILES_ANSWER, answer.body)?.files : undefined
    if (files === undefined) throw new AppError('bad-answer', `${contact.name} answered with nonsense`)
    return files
  }

  /** A torrent of theirs, by its info-hash, and where they seed it. Throws AppError. */
  async torrentOf(contact: Contact, hash: InfoHash): Promise<KnownTorrent> {
    await this.#meeting.meet(contact)
    const answer = await this.#meeting.ask(contact, `/api/shoal/v1/torrent/${hashKey(hash)}`, { method: 'GET' })
    if (answer.status === 403) throw sharesNothing(contact)
    if (answer.status === 404) throw new AppError('not-found', `${contact.name} has no such torrent`)
    const told = answer.status === 200 ? parse(KNOWN_TORRENT, answer.body) : undefined
    if (told === undefined) throw new AppError('bad-answer', `${contact.name} answered with nonsense`)
    const metainfo = new Uint8Array(Buffer.from(told.metainfo, 'base64'))
    return { metainfo, peer: { ip: contact.address.ip, port: told.port } }
  }

  /** What a trusted contact may have of ours; what is private is its tracker's business. */
  #torrentOf(hash: InfoHash): { readonly metainfo: string; readonly port: number } | undefined {
    const { shares } = this.#options
    const metainfo = shares?.findByHash(hash)?.metainfo
    if (shares === undefined || metainfo === undefined || metainfo.info.isPrivate) return undefined
    return { metainfo: Buffer.from(writeTorrent(metainfo)).toString('base64'), port: shares.port }
  }

  /** Of the torrents that go between people. */
  get session(): Session | undefined {
    return this.#session
  }

  get port(): number {
    return this.#server?.port ?? 0
  }

  /** What we tell others of us. */
  device(): Device {
    return {
      alias: this.#options.settings().name,
      version: PROTOCOL_VERSION,
      deviceModel: SHOAL_MODEL,
      deviceType: 'headless',
      fingerprint: this.identity.fingerprint,
      port: this.port,
      protocol: 'https',
      download: this.link !== undefined,
      announce: null,
    }
  }

  /** Who is nearby answers within a second. Where nobody does, all addresses of the network are called. */
  look(): void {
    this.#discovery?.announce()
    clearTimeout(this.#lonely)
    this.#lonely = setTimeout(() => void this.#scanIfLonely(), LONELY_MS).unref()
  }

  async #scanIfLonely(): Promise<void> {
    const now = monotonicMs()
    const isLonely = now - this.#metAt > LONELY_MS && now - this.#scannedAt > SCAN_AGAIN_MS
    if (isLonely && this.#options.multicast !== undefined) await this.scan()
  }

  /** Calls every address of this machine's private networks, or these. */
  async scan(addresses: readonly Address[] = addressesNearby()): Promise<void> {
    this.#scannedAt = monotonicMs()
    const find = (address: Address): Promise<Contact | undefined> => this.#meeting.find(address, CALL_MS)
    await scan(addresses, find, (contact) => this.#met(contact))
  }

  #met(contact: Contact): void {
    this.#metAt = monotonicMs()
    void this.#delivery.deliver(contact)
  }

  /** By hand. If somebody is there, he is known from now on. Throws AppError 'exists', 'usage'. */
  async add(name: string, address: Address): Promise<Contact> {
    const contact = this.contacts.add(name, address)
    try {
      await this.#meeting.meet(contact)
    } catch (error) {
      if (!(error instanceof AppError)) throw error // away now; met some day
    }
    return this.contacts.find(name)
  }

  async close(): Promise<void> {
    this.#sender?.close()
    this.#ended.abort()
    clearTimeout(this.#lonely)
    this.#meeting.close()
    this.incoming.close()
    this.#fetching?.close()
    this.#shared?.close()
    await this.#receiver?.close()
    await this.outgoing.close()
    await this.#session?.close()
    await this.#discovery?.close()
    await this.#server?.close()
    await this.#delivery.close()
  }
}

/** The port is open before all behind it is. Throws AppError: others try again. */
function begun<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new AppError('busy', 'it has not begun yet')
  return part
}
