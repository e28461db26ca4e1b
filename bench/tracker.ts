// How many announces the tracker answers, and what its swarms weigh: `node bench/tracker.ts`. The load comes from a
// process of its own, so each side has a core; it keeps a fixed number of requests under way.
import { fork } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import v8 from 'node:v8'
import vm from 'node:vm'
import { writeU32 } from '../src/core/bytes.ts'
import { infoHash, type InfoHash, peerId } from '../src/core/ids.ts'
import type { AnnounceRequest } from '../src/core/tracker/announce.ts'
import { announceQuery } from '../src/core/tracker/http-announce.ts'
import { Swarm } from '../src/core/tracker/swarm.ts'
import { writeAnnounceRequest, writeConnectRequest } from '../src/core/tracker/udp-packets.ts'
import { TrackerServer } from '../src/tracker/tracker-server.ts'

const SECONDS = 3
/** With 10,000 different announces each has 100 peers, and an answer holds 50 of them. */
const TORRENTS = 100
const UDP_UNDER_WAY = 64
const HTTP_CONNECTIONS = 32

function hashOf(n: number): InfoHash {
  const bytes = new Uint8Array(20)
  writeU32(bytes, 0, n)
  const hash = infoHash(bytes)
  if (hash === undefined) throw new Error('20 bytes make a hash')
  return hash
}

function requestOf(n: number): AnnounceRequest {
  const id = peerId(new Uint8Array(20))
  if (id === undefined) throw new Error('20 bytes make an id')
  const numbers = { uploaded: 0, downloaded: 0, left: n % 7, numWant: 50, key: undefined }
  return { infoHash: hashOf(n % TORRENTS), peerId: id, port: 1 + Math.floor(n / TORRENTS), event: 'none', ...numbers }
}

/** Answers per second. */
async function loadUdp(port: number): Promise<number> {
  const socket = dgram.createSocket('udp4').bind(0)
  await once(socket, 'listening')
  const send = (packet: Uint8Array): void => socket.send(packet, port, '127.0.0.1')
  const first = once(socket, 'message')
  send(writeConnectRequest(1))
  const [answer] = await first
  const connectionId = Uint8Array.from(answer.subarray(8, 16))
  const packets = Array.from({ length: 10_000 }, (_, n) => writeAnnounceRequest(connectionId, n, requestOf(n)))
  let answers = 0
  const next = (): void => send(packets[answers++ % packets.length] ?? new Uint8Array())
  socket.on('message', next)
  for (let i = 0; i < UDP_UNDER_WAY; i++) next()
  const rate = await ratePerSecond(() => answers)
  socket.close()
  return rate
}

/** Answers per second over connections that stay. */
async function loadHttp(port: number): Promise<number> {
  let answers = 0
  const texts = Array.from({ length: 10_000 }, (_, n) => {
    return `GET /announce?${announceQuery(requestOf(n))} HTTP/1.1\r\nHost: t\r\n\r\n`
  })
  const sockets = Array.from({ length: HTTP_CONNECTIONS }, () => {
    const socket = net.connect(port, '127.0.0.1')
    const next = (): unknown => socket.write(texts[answers++ % texts.length] ?? '')
    socket.on('data', next) // an answer is short enough to come in one piece
    socket.on('connect', next)
    return socket
  })
  const rate = await ratePerSecond(() => answers)
  for (const socket of sockets) socket.destroy()
  return rate
}

async function ratePerSecond(count: () => number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1000)) // let it be compiled
  const [before, startedAt] = [count(), performance.now()]
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000))
  return ((count() - before) * 1000) / (performance.now() - startedAt)
}

async function usedBytes(): Promise<number> {
  v8.setFlagsFromString('--expose-gc')
  // What one collection finds the next one frees, in the background.
  for (let i = 0; i < 3; i++) {
    vm.runInNewContext('gc')()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function weigh(torrents: number, peers: number): Promise<void> {
  const before = await usedBytes()
  const swarms = new Map<string, Swarm>()
  for (let n = 0; n < torrents; n++) {
    const swarm = new Swarm(1)
    for (let i = 0; i < peers; i++) swarm.put(Uint8Array.of(10, i >> 16, i >> 8, i, n, 1), i % 4 === 0, false, 1)
    swarms.set(String.fromCharCode(...hashOf(n)), swarm)
  }
  const bytes = (await usedBytes()) - before
  const [perTorrent, perPeer] = [bytes / swarms.size, bytes / swarms.size / peers]
  console.log(
    `${swarms.size} torrents of ${peers}: ${perTorrent.toFixed(0)} bytes each, ${perPeer.toFixed(1)} per peer`,
  )
}

const [, , job, port] = process.argv
if (job === 'udp') process.send?.(await loadUdp(Number(port)))
else if (job === 'http') process.send?.(await loadHttp(Number(port)))
else {
  for (const [torrents, peers] of [
    [100_000, 1],
    [50_000, 3],
    [1000, 100],
    [100, 1000],
    [1, 200_000],
  ] as const) {
    await weigh(torrents, peers)
  }
  for (const protocol of ['udp', 'http'] as const) {
    const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1' })
    const cpuBefore = process.cpuUsage()
    const announcesBefore = (await tracker.stats()).announces
    const load = fork(import.meta.filename, [protocol, String(tracker.port)])
    const [rate] = await once(load, 'message')
    const { user, system } = process.cpuUsage(cpuBefore)
    const { announces, peers } = await tracker.stats()
    const microseconds = (user + system) / (announces - announcesBefore)
    console.log(
      `${protocol.padEnd(4)} ${Number(rate).toFixed(0)} announces/s, ${microseconds.toFixed(1)} µs of CPU each, ${peers} peers`,
    )
    load.disconnect()
    await once(load, 'exit')
    await tracker.close()
  }
}
