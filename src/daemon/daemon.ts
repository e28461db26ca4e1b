// The one program that stays: a session with the torrents of its state folder, their wishes and goals, and the settings.
// Who talks to it, and how, is not its business: see rpc/ and http-server.ts.
import { EventEmitter } from 'node:events'
import { parseListenAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { Direct } from '../direct/direct.ts'
import { openStateDatabase } from '../engine/resume.ts'
import { Session, type SessionOptions } from '../engine/session.ts'
import type { Torrent } from '../engine/torrent.ts'
import { totalsOf } from '../engine/torrent-totals.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Database } from '../io/database.ts'
import { version } from '../io/version.ts'
import { claimStateDir, releaseStateDir } from './claim.ts'
import { Feeds } from './feeds.ts'
import { Groups } from './groups.ts'
import { hasGivenEnough } from './goals.ts'
import { Journal } from './journal.ts'
import { type Given, Lifetime } from './lifetime.ts'
import { isScheduled, limitsNow } from './limits.ts'
import { PageCodes } from './page-codes.ts'
import { PageSessions } from './page-sessions.ts'
import { PeopleNews } from './people-news.ts'
import { Search } from './search.ts'
import { type SettingName, type Settings, type SettingsChange, SETTING_NAMES, SettingsStore } from './settings.ts'
import { ShareJobs } from './share-jobs.ts'
import { Tickets } from './tickets.ts'
import { TorrentFeed } from './torrent-feed.ts'
import { ListedStore } from './listed-store.ts'
import type { ListedSource, ListedTorrent, NewTorrent } from './listed-torrent.ts'
import { queueSize, takeTurns } from './queue.ts'
import { TorrentList } from './torrent-list.ts'
import { TorrentNews } from './torrent-news.ts'
import { Uploads } from './uploads.ts'
import { WatchFolder } from './watch-folder.ts'

export interface DaemonOptions {
  readonly stateDir: string
  /** Of the environment and flags: for this run only. */
  readonly settings?: SettingsChange
  readonly session?: Omit<SessionOptions, 'stateDir'>
  /** Nothing starts by itself: for a look at what there is, or a change of it. */
  readonly isHeld?: boolean
}

const TICK_MS = 1_000
/** Torrents that have all and no peer are looked at so seldom: thousands of them should cost nothing. */
const ROUND_TICKS = 60

export class Daemon {
  readonly stateDir: string
  readonly startedAtMs: number = Date.now()
  readonly session: Session
  readonly list: TorrentList
  readonly feed: TorrentFeed
  readonly feeds: Feeds
  readonly lifetime: Lifetime
  readonly groups: Groups
  readonly pageSessions: PageSessions
  /** 'close': somebody asked the daemon to end. */
  readonly events = new EventEmitter<{ close: [] }>()
  readonly tickets = new Tickets()
  readonly pageCodes = new PageCodes()
  readonly journal = new Journal()
  readonly jobs: ShareJobs
  readonly uploads: Uploads
  readonly search = new Search({ trackers: () => this.settings.trackers, direct: () => this.direct })
  /** Where programs reach it over HTTP, once somebody serves it there. */
  rpcUrl: string | undefined
  /** Absent while it is switched off, and in a daemon for a single command. */
  direct: Direct | undefined
  readonly #settings: SettingsStore
  readonly #db: Database
  readonly #timer: NodeJS.Timeout
  readonly #watch: WatchFolder
  readonly #isHeld: boolean
  #torrentNews: TorrentNews | undefined
  #peopleNews: PeopleNews | undefined
  #ticks = 0
  #wasScheduled: boolean | undefined
  #closing: Promise<void> | undefined

  /** Throws AppError: 'busy' if there is a daemon already, 'usage' for wrong settings, 'port-in-use'. */
  static async open(options: DaemonOptions): Promise<Daemon> {
    const { stateDir, settings, session: sessionOptions = {} } = options
    const db = openStateDatabase(stateDir)
    try {
      claimStateDir(db, stateDir)
    } catch (error) {
      db.close()
      throw error
    }
    try {
      const store = new SettingsStore(stateDir, settings)
      const session = await Session.open({ ...sessionOptions, stateDir, ...listenOf(store.all, sessionOptions) })
      const daemon = new Daemon(stateDir, db, store, session, options.isHeld === true)
      daemon.list.load()
      await daemon.#openDirect()
      if (!daemon.#isHeld) daemon.uploads.start()
      daemon.#beginJournal()
      return daemon
    } catch (error) {
      releaseStateDir(db)
      db.close()
      throw error
    }
  }

  private constructor(stateDir: string, db: Database, settings: SettingsStore, session: Session, isHeld: boolean) {
    this.stateDir = stateDir
    this.#db = db
    this.#settings = settings
    this.session = session
    this.jobs = new ShareJobs(this)
    this.uploads = new Uploads({ stateDir, downloadDir: () => this.settings['download-dir'] })
    this.#isHeld = isHeld
    this.lifetime = new Lifetime(db)
    this.groups = new Groups(db)
    this.pageSessions = new PageSessions(db)
    if (!isHeld) this.lifetime.begin()
    this.list = new TorrentList(new ListedStore(db), session, {
      isHeld,
      isQueued: (kind) => isHeld || queueSize(this.settings, kind) !== undefined,
      changed: () => this.#takeTurns(),
      gatesOf: (group) => this.groups.gatesOf(group),
      removed: (torrent) => this.lifetime.removed(totalsOf(torrent), givenNow(torrent)),
    })
    this.feed = new TorrentFeed(this.list)
    this.feeds = new Feeds(this)
    this.#applyLimits()
    this.#watch = new WatchFolder(
      () => this.settings['watch-dir'],
      (metainfo) => this.add({ metainfo }),
    )
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  async #openDirect(): Promise<void> {
    if (this.#isHeld || !this.settings['direct-on']) return
    this.direct = await Direct.open({
      stateDir: this.stateDir,
      db: this.#db,
      settings: () => {
        const { name, accept, pin, 'receive-dir': receiveDir, 'shared-dir': sharedDir } = this.settings
        return { name, accept, pin, receiveDir, sharedDir }
      },
      host: '::',
      port: this.settings['direct-port'],
      isPortChosen: this.isChosen('direct-port'),
      shares: this.session,
      ...(this.settings.nearby && { multicast: {} }),
    })
  }

  #beginJournal(): void {
    const { session, direct, journal } = this
    journal.add('info', 'session', `Shoal ${version()} runs; peers connect at port ${session.port}`)
    const wanted = this.settings['direct-port']
    if (direct !== undefined && wanted !== 0 && direct.port !== wanted) {
      const text = `people reach you at port ${direct.port}, because another program has ${wanted}`
      journal.add('warning', 'people', text)
    }
    this.#torrentNews = new TorrentNews(journal, this.list, session.awake)
  }

  get settings(): Settings {
    return this.#settings.all
  }

  /** Where and how the settings say, but for what is said here. Throws AppError: 'exists', 'bad-metainfo', 'bad-magnet'. */
  add(source: ListedSource, { wishes, ...said }: Partial<Omit<NewTorrent, 'source'>> = {}): ListedTorrent {
    const { settings } = this
    const usual = {
      maxPeers: settings['max-peers-each'],
      isSequential: settings.sequential,
      isStopped: !settings['start-added'],
    }
    return this.list.add({ dir: settings['download-dir'], ...said, source, wishes: { ...usual, ...wishes } })
  }

  isChosen(name: SettingName): boolean {
    return this.#settings.isChosen(name)
  }

  /**
   * Kept, and in force at once, but for addresses to listen on: those are for the next start.
   * `by`: the page's session that asked for it, which a new password does not end.
   */
  async changeSettings(change: SettingsChange, by?: number): Promise<void> {
    const before = await this.#settings.change(change)
    this.#noteChanged(before)
    this.session.maxPeers = this.settings['max-peers']
    this.session.encryption = this.settings.encryption
    const isNewSchedule = Object.keys(change).some((name) => name.startsWith('alt-') && name !== 'alt-on')
    if (isNewSchedule) this.#wasScheduled = undefined
    this.#applyLimits()
    this.#takeTurns()
    const { settings: now } = this
    if (now['rpc-password'] !== before['rpc-password'] || now['rpc-user'] !== before['rpc-user']) this.#letInAnew(by)
  }

  /** Whoever came in by the old password, or has a link from before, does not stay in. */
  #letInAnew(kept: number | undefined): void {
    this.pageCodes.clear()
    const ended = this.pageSessions.endAllBut(kept)
    if (ended > 0) this.journal.add('info', 'page', `The password is another; browsers that were signed out: ${ended}.`)
  }

  /** Names only: some values are secrets. */
  #noteChanged(before: Settings): void {
    const now = this.settings
    const changed = SETTING_NAMES.filter((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]))
    if (changed.length > 0) this.journal.add('info', 'session', `settings were changed: ${changed.join(', ')}`)
  }

  #takeTurns(): void {
    if (this.#closing !== undefined || this.#isHeld) return
    const { start, hold } = takeTurns(this.list.inOrder, this.settings, monotonicMs())
    for (const listed of hold) this.list.hold(listed)
    for (const listed of start) this.list.run(listed)
  }

  /** Says goodbye to trackers and peers, and saves. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#watch.close()
    await this.jobs.close()
    await this.uploads.close()
    await this.direct?.close()
    await this.list.settled()
    for (const listed of this.list) this.#ifItCanBeKept(() => this.list.noteProgress(listed))
    await this.session.close()
    this.groups.close()
    if (!this.#isHeld) this.#ifItCanBeKept(() => this.lifetime.noteTime())
    this.#ifItCanBeKept(() => releaseStateDir(this.#db))
    this.#db.close()
  }

  #tick(): void {
    this.#applyLimits()
    this.#takeTurns()
    const isRound = this.#ticks++ % ROUND_TICKS === 0
    if (isRound) this.#ifItCanBeKept(() => this.lifetime.noteTime())
    this.#ifItCanBeKept(() => {
      this.#peopleNews ??= this.direct && new PeopleNews(this.journal, this.direct)
      this.#peopleNews?.look()
    })
    const { settings, list } = this
    for (const { key } of isRound ? this.session.torrents : this.session.awake) {
      const listed = list.get(key)
      if (listed === undefined) continue
      this.#ifItCanBeKept(() => {
        list.noteProgress(listed)
        if (hasGivenEnough(listed, settings, monotonicMs())) void list.stop(listed)
      })
    }
    this.#torrentNews?.look()
  }

  /** The disk of the state may be full: torrents stop for that by themselves and say so; what is noted here can wait. */
  #ifItCanBeKept(note: () => void): void {
    try {
      note()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
    }
  }

  /** The schedule switches at its beginning and end, and leaves alone what users switch in between. */
  #applyLimits(): void {
    const scheduled = this.settings['alt-schedule-on'] ? isScheduled(this.settings, new Date()) : undefined
    if (scheduled !== undefined && scheduled !== this.#wasScheduled) {
      if (scheduled !== this.settings['alt-on']) {
        const text = scheduled
          ? 'by the clock, the alternative limits hold'
          : 'by the clock, the usual limits hold again'
        this.journal.add('info', 'session', text)
      }
      this.#settings.override({ 'alt-on': scheduled })
    }
    this.#wasScheduled = scheduled
    const { download, upload } = limitsNow(this.settings)
    this.session.downloadGate.limit(download)
    this.session.uploadGate.limit(upload)
  }
}

function givenNow({ uploadedBytes, downloadedBytes }: Torrent): Given {
  return { uploaded: uploadedBytes, downloaded: downloadedBytes }
}

function listenOf(settings: Settings, options: Omit<SessionOptions, 'stateDir'>): Partial<SessionOptions> {
  const network = { maxPeers: settings['max-peers'], encryption: settings.encryption }
  if (options.listen !== undefined || settings.listen.length === 0) return network
  return { ...network, listen: settings.listen.flatMap((text) => parseListenAddress(text) ?? []) }
}
