// WebSockets on their way from node:http, which opened them, to the network thread that serves them: as descriptors.
import type net from 'node:net'
import { libc } from '../io/libc.ts'
import { duplicateDescriptor } from '../io/socket-descriptor.ts'
import type { WsGuest, WsHost } from './ws-door.ts'

export interface HandedSocket extends WsGuest {
  readonly fd: number
}

export interface WsThread {
  readonly isRunning: boolean
  /** The descriptor is its to close, whatever happens. */
  take(socket: HandedSocket): void
}

/** An answer of 130 bytes waits only for those who do not read. */
const ANSWER_MS = 10_000

export class WsHandover implements WsHost {
  readonly #thread: () => WsThread | undefined
  /** Their answer is not written yet. As many as the HTTP server has connections at most. */
  readonly #underWay = new Set<net.Socket>()
  #isClosed = false

  /** `thread`: who takes them now. */
  constructor(thread: () => WsThread | undefined) {
    this.#thread = thread
  }

  get hasRoom(): boolean {
    return !this.#isClosed && this.#thread()?.isRunning === true
  }

  welcome(socket: net.Socket, answer: string, guest: WsGuest): void {
    this.#underWay.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#underWay.delete(socket))
    socket.setTimeout(ANSWER_MS, () => socket.destroy())
    socket.write(answer, () => this.#pass(socket, guest))
  }

  /** Ends those that are under way; others are the thread's. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const socket of this.#underWay) socket.destroy()
  }

  #pass(socket: net.Socket, { passkey, ip, head }: WsGuest): void {
    if (socket.destroyed) return
    const thread = this.#thread()
    const rest: Uint8Array | null = socket.read() // what Node has read, nobody else can read again
    const fd = duplicateDescriptor(socket)
    socket.destroy()
    if (fd === -1) return
    if (thread === undefined) return void libc().close(fd)
    // A copy: the thread would be sent all the memory that these are parts of.
    const whole = new Uint8Array(head.length + (rest?.length ?? 0))
    whole.set(head)
    if (rest !== null) whole.set(rest, head.length)
    thread.take({ fd, passkey, ip: new Uint8Array(ip), head: whole })
  }
}
