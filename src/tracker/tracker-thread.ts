// The other threads of a tracker, from the side of the one that starts them: they share its swarms and its port.
//
//   network-thread   answers datagrams, announces and scrapes as quickly as it can; gives other connections to the first
//   front-thread     where that cannot be: listens as the first thread does, HTTP, WebSocket and datagrams
import { Worker } from 'node:worker_threads'
import type { FrontThreadData } from './front-thread.ts'
import type { NetworkThreadData } from './network-thread.ts'

/** These modules run as TypeScript from the sources and as JavaScript when built. */
const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
/** Answers are short-lived: more would only be memory. */
const YOUNG_GENERATION_MB = { network: 1, front: 16 }
const RESTART_MS = 1000

export type ThreadMessage = 'stop' | 'reload'
/** From a thread: the lists have changed, or here is a connection. */
type ThreadNews = 'reload' | { readonly fd: number }

export class TrackerThread {
  readonly #kind: 'network' | 'front'
  readonly #data: NetworkThreadData | FrontThreadData
  readonly #hear: (news: ThreadNews) => void
  #worker: Worker
  #exited: Promise<void>
  #restart: NodeJS.Timeout | undefined
  #isStopping: boolean

  /** `adopt` is called with the descriptors of connections that are for the first thread. */
  static startNetwork(data: NetworkThreadData, adopt: (fd: number) => void): Promise<TrackerThread> {
    return TrackerThread.#start('network', data, (news) => {
      if (news !== 'reload') adopt(news.fd)
    })
  }

  /** `reload` is called when the thread was told to have all read the lists again. */
  static startFront(data: FrontThreadData, reload: () => void): Promise<TrackerThread> {
    return TrackerThread.#start('front', data, (news) => {
      if (news === 'reload') reload()
    })
  }

  static async #start(
    kind: 'network' | 'front',
    data: NetworkThreadData | FrontThreadData,
    hear: (news: ThreadNews) => void,
  ): Promise<TrackerThread> {
    const thread = new TrackerThread(kind, data, hear)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    thread.#worker.once('message', () => resolve())
    thread.#worker.once('error', reject)
    try {
      await promise
    } catch (error) {
      await thread.stop()
      throw error
    }
    return thread
  }

  private constructor(
    kind: 'network' | 'front',
    data: NetworkThreadData | FrontThreadData,
    hear: (news: ThreadNews) => void,
  ) {
    this.#kind = kind
    this.#hear = hear
    this.#data = data
    this.#isStopping = false
    this.#restart = undefined
    this.#worker = this.#spawn()
    this.#exited = exitOf(this.#worker)
  }

  /** The lists of who may use the tracker have changed. */
  reload(): void {
    this.#post('reload')
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    this.#post('stop')
    await this.#exited
  }

  #post(message: ThreadMessage): void {
    this.#worker.postMessage(message)
  }

  #spawn(): Worker {
    const worker = new Worker(new URL(`./${this.#kind}-thread.${ENDING}`, import.meta.url), {
      workerData: this.#data,
      name: `tracker ${this.#kind}`,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB[this.#kind] },
    })
    worker.on('message', (message: 'ready' | ThreadNews) => {
      if (message !== 'ready') this.#hear(message)
    })
    // The swarms are still there: another one goes on with them.
    worker.on('error', () => {
      if (this.#isStopping) return
      this.#restart = setTimeout(() => {
        this.#worker = this.#spawn()
        this.#exited = exitOf(this.#worker)
      }, RESTART_MS)
    })
    return worker
  }
}

function exitOf(worker: Worker): Promise<void> {
  return new Promise((resolve) => worker.once('exit', () => resolve()))
}
