// A WsFront for a test, in the two ways in which sockets come to it: streams of Node's, or descriptors in an epoll as a network
// thread has it. Here both are in the test's own thread, so that it can move clocks and look at counts.
import type http from 'node:http'
import { once } from 'node:events'
import assert from 'node:assert/strict'
import { Epoll } from '../../src/io/epoll.ts'
import { libc, loadLibc } from '../../src/io/libc.ts'
import { WsConnections } from '../../src/tracker/ws-connections.ts'
import { openDoor, type WsHost } from '../../src/tracker/ws-door.ts'
import { WsFront, type WsFrontParts } from '../../src/tracker/ws-front.ts'
import { WsHandover } from '../../src/tracker/ws-handover.ts'

export type WsWay = 'streams' | 'descriptors'
export const WS_WAYS: readonly WsWay[] = (await loadLibc()) ? ['streams', 'descriptors'] : ['streams']

export interface WsStage {
  readonly front: WsFront
  /** Where it listens. */
  readonly port: number
  /** As it is when a tracker is closed. */
  readonly closeFront: () => Promise<void>
  /** The front, and everything else. */
  readonly close: () => Promise<void>
}

interface Carried {
  readonly front: WsFront
  readonly host: WsHost
  readonly closeFront: () => Promise<void>
  readonly release: () => void
}

/** `server` is closed with it. */
export async function openWsStage(way: WsWay, parts: WsFrontParts, server: http.Server): Promise<WsStage> {
  const { front, host, closeFront, release } = way === 'streams' ? overStreams(parts) : overDescriptors(parts)
  openDoor(server, host)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(address !== null && typeof address === 'object')
  const close = async (): Promise<void> => {
    await closeFront()
    release()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return { front, port: address.port, closeFront, close }
}

function overStreams(parts: WsFrontParts): Carried {
  const front = new WsFront(parts)
  return { front, host: front, closeFront: () => front.close(), release: () => {} }
}

/** As NetworkThread does it. */
function overDescriptors(parts: WsFrontParts): Carried {
  const epoll = new Epoll()
  const connections = new WsConnections(epoll, (fd) => epoll.closeSocket(fd))
  const front = new WsFront({ ...parts, outbox: connections.outbox })
  let state: 'running' | 'stopping' | 'released' = 'running'
  const host = new WsHandover(() => ({
    isRunning: state === 'running',
    take: (socket) => {
      if (state === 'running') front.open(connections.open(socket.fd), socket)
      else libc().close(socket.fd)
    },
  }))
  const serve = (): void => {
    if (state === 'released') return
    connections.flush()
    const count = epoll.wait(0)
    for (let n = 0; n < count; n++) connections.onReady(epoll.ready(n), epoll.hasEnded(n), epoll.canSend(n))
    connections.flush()
    setImmediate(serve)
  }
  serve()
  const closeFront = async (): Promise<void> => {
    state = state === 'released' ? state : 'stopping'
    await Promise.all([front.close(), host.close()])
  }
  const release = (): void => {
    state = 'released'
    connections.close()
    epoll.close()
  }
  return { front, host, closeFront, release }
}
