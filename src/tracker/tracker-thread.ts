// The other threads of a tracker, from the side of the one that starts them: they share its swarms and its port.
//
//   network-thread   answers datagrams, announces and scrapes as quickly as it can; gives other connections to the first,
//                    and one of these threads is given back those that became WebSockets
//   front-thread     where that cannot be: listens as the first thread does, HTTP, WebSocket and datagrams
import { Worker } from 'node:worker_threads'
import { openEvent, wake } from '../io/event-descriptor.ts'
import { libc } from '../io/libc.ts'
import type { FrontThreadData } from './front-thread.ts'
import type { NetworkThreadData } from './network-thread.ts'
import { ThreadDescriptors } from './thread-descriptors.ts'
import type { HandedSocket, WsThread } from './ws-handover.ts'

/** These modules run as TypeScript from the sources and as JavaScript when built. */
const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
/** Answers are short-lived: more would only be memory. */
const YOUNG_GENERATION_MB = { network: 1, front: 16 }
const RESTART_MS = 1000

export type ThreadMessage = 'stop' | 'reload' | HandedSocket
/** From a thread: the lists have changed, or here is a connection. */
type ThreadNews = 'reload' | { readonly fd: number }
type ThreadKind =
  | { readonly name: 'network'; readonly data: NetworkThreadData }
  | { readonly name: 'front'; readonly data: FrontThreadData }
/** All but what is made here. */
export type NetworkThreadParts = Omit<NetworkThreadData, 'wakeEvent' | 'descriptors'>

interface NetworkReach {
  /** It waits for its sockets and not for messages. */
  readonly wakeEvent: number
  readonly descriptors: ThreadDescriptors
}

export class TrackerThread implements WsThread {
  readonly #kind: ThreadKind
  readonly #hear: (news: ThreadNews) => void
  readonly #reach: NetworkReach | undefined
  #worker: Worker
  #exited: Promise<void>
  #restart: NodeJS.Timeout | undefined
  #isReady: boolean
  #isStopping: boolean

  /** `adopt` is called with the descriptors of connections that are for the first thread. */
  static startNetwork(parts: NetworkThreadParts, adopt: (fd: number) => void): Promise<TrackerThread> {
    const reach = { wakeEvent: openEvent(), descriptors: new ThreadDescriptors() }
    const data = { ...parts, wakeEvent: reach.wakeEvent, descriptors: reach.descriptors.shared }
    const hear = (news: ThreadNews): void => {
      if (news === 'reload') return
      reach.descriptors.delete(news.fd)
      adopt(news.fd)
    }
    return new TrackerThread({ name: 'network', data }, hear, reach).#started()
  }

  /** `reload` is called when the thread was told to have all read the lists again. */
  static startFront(data: FrontThreadData, reload: () => void): Promise<TrackerThread> {
    const hear = (news: ThreadNews): void => {
      if (news === 'reload') reload()
    }
    return new TrackerThread({ name: 'front', data }, hear).#started()
  }

  private constructor(kind: ThreadKind, hear: (news: ThreadNews) => void, reach?: NetworkReach) {
    this.#kind = kind
    this.#hear = hear
    this.#reach = reach
    this.#isReady = false
    this.#isStopping = false
    this.#restart = undefined
    this.#worker = this.#spawn()
    this.#exited = exitOf(this.#worker)
  }

  /** It serves what it is given. */
  get isRunning(): boolean {
    return this.#isReady && !this.#isStopping
  }

  take(socket: HandedSocket): void {
    if (this.isRunning && this.#reach?.descriptors.add(socket.fd) === true) this.#post(socket)
    else libc().close(socket.fd)
  }

  /** The lists of who may use the tracker have changed. */
  reload(): void {
    if (!this.#isStopping) this.#post('reload')
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    this.#post('stop')
    await this.#exited
    if (this.#reach !== undefined) libc().close(this.#reach.wakeEvent)
  }

  /** Fails with what its start fails with. */
  async #started(): Promise<TrackerThread> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#worker.once('message', () => resolve())
    this.#worker.once('error', reject)
    this.#worker.once('exit', () => reject(new Error('a thread of the tracker ended before it began')))
    try {
      await promise
      return this
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  #post(message: ThreadMessage): void {
    this.#worker.postMessage(message)
    if (this.#reach !== undefined) wake(this.#reach.wakeEvent)
  }

  #spawn(): Worker {
    const { name, data } = this.#kind
    const worker = new Worker(new URL(`./${name}-thread.${ENDING}`, import.meta.url), {
      workerData: data,
      name: `tracker ${name}`,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB[name] },
    })
    worker.on('message', (message: 'ready' | ThreadNews) => {
      if (message === 'ready') this.#isReady = true
      else this.#hear(message)
    })
    // It ends with that. Before it was ready, who starts it is told.
    worker.on('error', (error) => {
      const reason = error instanceof Error ? error.message : String(error)
      if (this.isRunning) process.emitWarning(`a ${name} thread of the tracker died and is started again: ${reason}`)
    })
    worker.once('exit', () => this.#ended())
    return worker
  }

  #ended(): void {
    this.#isReady = false
    for (const fd of this.#reach?.descriptors.takeAll() ?? []) libc().close(fd)
    if (this.#isStopping) return
    // The swarms are still there: another one goes on with them.
    this.#restart = setTimeout(() => {
      this.#worker = this.#spawn()
      this.#exited = exitOf(this.#worker)
    }, RESTART_MS)
  }
}

function exitOf(worker: Worker): Promise<void> {
  return new Promise((resolve) => worker.once('exit', () => resolve()))
}
