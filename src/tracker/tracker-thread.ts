// The other threads of a tracker, from the side of the one that starts them: they share its swarms and its port.
//
//   udp-thread     answers datagrams in batches
//   front-thread   listens as the first thread does: HTTP, WebSocket, and datagrams where there are no batches
import { Worker } from 'node:worker_threads'
import type { FrontThreadData } from './front-thread.ts'
import type { UdpThreadData } from './udp-thread.ts'

/** These modules run as TypeScript from the sources and as JavaScript when built. */
const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
/** Answers are short-lived: more would only be memory. */
const YOUNG_GENERATION_MB = { udp: 2, front: 16 }
const RESTART_MS = 1000

export type ThreadMessage = 'stop' | 'reload'

export class TrackerThread {
  readonly #kind: 'udp' | 'front'
  readonly #data: UdpThreadData | FrontThreadData
  #worker: Worker
  #exited: Promise<void>
  #restart: NodeJS.Timeout | undefined
  #isStopping: boolean

  static startUdp(data: UdpThreadData): Promise<TrackerThread> {
    return TrackerThread.#start('udp', data)
  }

  static startFront(data: FrontThreadData): Promise<TrackerThread> {
    return TrackerThread.#start('front', data)
  }

  static async #start(kind: 'udp' | 'front', data: UdpThreadData | FrontThreadData): Promise<TrackerThread> {
    const thread = new TrackerThread(kind, data)
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

  private constructor(kind: 'udp' | 'front', data: UdpThreadData | FrontThreadData) {
    this.#kind = kind
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
