// A thread that answers what comes to a tracker's sockets as quickly as it can: datagrams in batches, announces and scrapes
// over HTTP, with no object of Node's for any of them (io/epoll.ts, io/datagram-batch.ts). One such thread also has all
// WebSockets, when the first thread has opened them. Its sockets are opened, and closed, by the thread that starts it; the
// swarms it shares with all others, but not those of WebSockets.
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { ConnectionIds } from '../core/tracker/connection-ids.ts'
import { monotonicMs } from '../io/clock.ts'
import { collectGarbage } from '../io/collect-garbage.ts'
import { DatagramBatch } from '../io/datagram-batch.ts'
import { Epoll } from '../io/epoll.ts'
import { loadLibc } from '../io/libc.ts'
import { HttpConnections } from './http-connections.ts'
import type { HttpFrontLimits } from './http-front.ts'
import { HttpQuickFront } from './http-quick-front.ts'
import { ThreadDescriptors } from './thread-descriptors.ts'
import { endThread, openParts, type ThreadData, type ThreadParts } from './thread-parts.ts'
import type { ThreadMessage } from './tracker-thread.ts'
import { UdpFront } from './udp-front.ts'
import type { MessageLimits } from './ws-client.ts'
import { WsConnections } from './ws-connections.ts'
import { WsFront } from './ws-front.ts'
import type { HandedSocket } from './ws-handover.ts'
import { WsSwarms } from './ws-swarms.ts'

export interface NetworkThreadData extends ThreadData {
  readonly sockets: readonly { readonly kind: 'tcp' | 'udp'; readonly fd: number; readonly isIPv6: boolean }[]
  readonly httpLimits: HttpFrontLimits
  readonly messageLimits: MessageLimits | undefined
  /** False: another thread has them. */
  readonly hasWebSockets: boolean
  /** Happens when a message is there. */
  readonly wakeEvent: number
  /** Of ThreadDescriptors. */
  readonly descriptors: SharedArrayBuffer
}

/** Timers and messages have their turn so often; an idle thread wakes up for that. */
const WAIT_MS = 100
const SWEEP_MS = 1000
/** So long in a row it may go on without timers and messages. */
const TURN_MS = 10
/** Batches of one socket in a row. */
const MAX_BATCHES = 8

class NetworkThread {
  readonly #epoll = new Epoll()
  readonly #descriptors: ThreadDescriptors
  readonly #batches = new Map<number, DatagramBatch>()
  readonly #listening = new Set<number>()
  readonly #udp: UdpFront
  readonly #connections: HttpConnections
  readonly #webSockets: WebSockets | undefined
  #sweptAt = 0

  constructor(
    udp: UdpFront,
    http: HttpQuickFront,
    parts: ThreadParts,
    data: NetworkThreadData,
    giveAway: (fd: number) => void,
  ) {
    this.#udp = udp
    this.#descriptors = new ThreadDescriptors(data.descriptors)
    this.#descriptors.add(this.#epoll.fd)
    this.#connections = new HttpConnections(this.#epoll, http, data.httpLimits, this.#descriptors, giveAway)
    this.#webSockets = data.hasWebSockets ? openWebSockets(this.#epoll, this.#descriptors, parts, data) : undefined
    this.#epoll.watch(data.wakeEvent, 'edge')
    for (const { kind, fd, isIPv6 } of data.sockets) {
      if (kind === 'udp') this.#batches.set(fd, new DatagramBatch(fd, isIPv6))
      else this.#listening.add(fd)
      this.#epoll.watch(fd, 'level')
    }
  }

  takeWebSocket(socket: HandedSocket): void {
    this.#webSockets?.front.open(this.#webSockets.connections.open(socket.fd), socket)
  }

  /** Until nothing comes any more, or it is the turn of others. */
  serve(): void {
    this.#webSockets?.connections.flush() // what timers and messages have left
    let count = this.#epoll.wait(WAIT_MS)
    const beganAt = monotonicMs()
    while (count > 0) {
      for (let n = 0; n < count; n++) this.#serveOne(this.#epoll.ready(n), n)
      this.#webSockets?.connections.flush()
      if (monotonicMs() - beganAt > TURN_MS) break
      count = this.#epoll.wait(0)
    }
    if (beganAt - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = beganAt
    this.#connections.sweep()
  }

  async close(): Promise<void> {
    await this.#webSockets?.front.close()
    this.#webSockets?.connections.close()
    this.#connections.closeAll()
    for (const batch of this.#batches.values()) batch.close()
    this.#descriptors.delete(this.#epoll.fd)
    this.#epoll.close()
  }

  #serveOne(fd: number, n: number): void {
    const hasEnded = this.#epoll.hasEnded(n)
    if (this.#webSockets?.connections.onReady(fd, hasEnded, this.#epoll.canSend(n)) === true) return
    const batch = this.#batches.get(fd)
    if (batch !== undefined) this.#answerDatagrams(batch)
    else if (this.#listening.has(fd)) this.#connections.accept(fd)
    else this.#connections.onReady(fd, hasEnded)
  }

  #answerDatagrams(batch: DatagramBatch): void {
    for (let n = 0; n < MAX_BATCHES; n++) if (answerBatch(batch, this.#udp) === 0) return
  }
}

interface WebSockets {
  readonly front: WsFront
  readonly connections: WsConnections
}

function openWebSockets(
  epoll: Epoll,
  descriptors: ThreadDescriptors,
  { access, logic, counters }: ThreadParts,
  { rules, httpLimits, messageLimits }: NetworkThreadData,
): WebSockets {
  const connections = new WsConnections(epoll, (fd) => descriptors.close(fd))
  const front = new WsFront({
    swarms: new WsSwarms(),
    access,
    rules,
    nowSec: logic.nowSec,
    counters,
    outbox: connections.outbox,
    maxSockets: httpLimits.connections,
    ...(messageLimits === undefined ? {} : { messages: messageLimits }),
  })
  return { front, connections }
}

/** How many came. */
function answerBatch(batch: DatagramBatch, front: UdpFront): number {
  const count = batch.receive()
  let start = 0
  for (let n = 0; n < count; n++) {
    const out = batch.answer(n)
    const length = batch.port(n) === 0 ? 0 : front.receive(batch.packet(n), batch.lengthOf(n), batch.ip(n), out, drop)
    if (length > 0) batch.setAnswer(n, length)
    else {
      // Those before it go out, and it is left out.
      if (n > start) batch.send(start, n)
      start = n + 1
    }
  }
  if (count > start) batch.send(start, count)
  return count
}

/** Answers that come later are those of stores that others keep, and none of them is served here. */
function drop(): void {}

async function run(parent: NonNullable<typeof parentPort>, data: NetworkThreadData): Promise<void> {
  const parts = await openParts(data)
  const { access, logic } = parts
  const { immediate } = logic
  if (!(await loadLibc()) || immediate === undefined) throw new Error('koffi was there, and is gone')
  const udp = new UdpFront(logic, access, new ConnectionIds(data.secret))
  const giveAway = (fd: number): void => parent.postMessage({ fd })
  const thread = new NetworkThread(udp, new HttpQuickFront(logic, immediate, access), parts, data, giveAway)
  let isStopping = false
  parent.on('message', (message: ThreadMessage) => {
    if (message === 'stop') isStopping = true
    else if (message !== 'reload') thread.takeWebSocket(message)
    else void access.reload().catch(() => {}) // who asked for it has read the same, and told what is wrong
  })
  collectGarbage()
  parent.postMessage('ready')
  try {
    while (!isStopping) {
      thread.serve()
      await setImmediate()
    }
  } finally {
    access.close()
    await thread.close()
  }
  parent.close()
}

if (parentPort !== null) {
  const data: NetworkThreadData = workerData
  run(parentPort, data).catch(endThread)
}
