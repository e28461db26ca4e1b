// The threads that answer a tracker's datagrams, from the side of the one that starts them.
import net from 'node:net'
import { Worker } from 'node:worker_threads'
import { closeBatchSocket, openBatchSocket } from '../io/datagram-batch.ts'
import type { AccessOptions } from './access.ts'
import type { TrackerRules } from './logic.ts'
import type { SharedSwarms } from './memory-store.ts'
import type { UdpEnd } from './ports.ts'

export interface UdpThreadData {
  readonly sockets: readonly { readonly fd: number; readonly isIPv6: boolean }[]
  readonly swarms: SharedSwarms
  readonly counters: SharedArrayBuffer
  /** Its row of the counters. */
  readonly thread: number
  readonly secret: Uint8Array
  readonly rules: TrackerRules
  readonly access: AccessOptions
}

/** This module runs as TypeScript from the sources and as JavaScript when built, and so does the thread. */
const SCRIPT = new URL(import.meta.url.endsWith('.ts') ? './udp-thread.ts' : './udp-thread.js', import.meta.url)
/** It makes hardly any garbage. */
const YOUNG_GENERATION_MB = 2
const RESTART_MS = 1000

/** A socket that threads read; whoever opened it closes it, after them. */
export class BatchSocketEnd implements UdpEnd {
  readonly fd: number
  readonly isIPv6: boolean

  constructor(host: string, port: number, isShared: boolean) {
    this.fd = openBatchSocket(host, port, isShared)
    this.isIPv6 = net.isIPv6(host)
  }

  async close(): Promise<void> {
    closeBatchSocket(this.fd)
  }
}

export class UdpThread {
  readonly #data: UdpThreadData
  #worker: Worker
  #exited: Promise<void>
  #restart: NodeJS.Timeout | undefined
  #isStopping: boolean

  static async start(data: UdpThreadData): Promise<UdpThread> {
    const thread = new UdpThread(data)
    await new Promise<void>((resolve, reject) => {
      thread.#worker.once('message', () => resolve())
      thread.#worker.once('error', reject)
    })
    return thread
  }

  private constructor(data: UdpThreadData) {
    this.#data = data
    this.#isStopping = false
    this.#restart = undefined
    this.#worker = this.#spawn()
    this.#exited = exitOf(this.#worker)
  }

  /** The lists of who may use the tracker have changed. */
  reload(): void {
    this.#worker.postMessage('reload')
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    this.#worker.postMessage('stop')
    await this.#exited
  }

  #spawn(): Worker {
    const worker = new Worker(SCRIPT, {
      workerData: this.#data,
      name: 'tracker udp',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    })
    // The swarms and the sockets are still there: another one goes on with them.
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
