// WebTorrent clients that others wrote (npm: webtorrent) meet at our tracker over WebSocket and exchange over WebRTC.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { TrackerServer } from '../../src/tracker/tracker-server.ts'
import { makeHome, type Program, startProgram, until } from '../support/program.ts'
import { patternBytes } from '../support/torrents.ts'

const MODULES = join(import.meta.dirname, '../../tools/webtorrent/node_modules')
const PEER = join(import.meta.dirname, 'webtorrent-peer.mjs')
const LOST_HANDSHAKE = 'warning Error: Connection error: libdatachannel'
const skip = existsSync(join(MODULES, 'webtorrent')) ? false : 'needs npm install in tools/webtorrent'

async function startTracker(stack: AsyncDisposableStack): Promise<string> {
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1' })
  stack.defer(() => tracker.close())
  return `ws://127.0.0.1:${tracker.port}/announce`
}

/** How many members the only torrent has. */
async function membersAt(url: string, infoHash: string): Promise<number> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  socket.send(JSON.stringify({ action: 'scrape', info_hash: infoHash }))
  const [answer] = await once(socket, 'message')
  socket.terminate()
  const counts = /"complete":(\d+),"incomplete":(\d+)/.exec(String(answer))
  return Number(counts?.[1]) + Number(counts?.[2])
}

interface Peer {
  readonly program: Program
  /** What it has said. */
  readonly lines: string[]
}

function startPeer(stack: AsyncDisposableStack, ...args: readonly string[]): Peer {
  const lines: string[] = []
  const onLine = (line: string): number => lines.push(line)
  const program = stack.use(startProgram(process.execPath, [PEER, MODULES, ...args], { onLine }))
  return { program, lines }
}

/**
 * One that got it. Now and then a handshake fails inside their WebRTC, which says so, and they try again only at the next
 * announce, minutes later: then another one is started.
 */
async function startGetter(stack: AsyncDisposableStack, ...args: readonly string[]): Promise<Peer> {
  for (let tries = 1; ; tries++) {
    const getter = startPeer(stack, ...args)
    const isLost = (): boolean => tries < 3 && getter.lines.some((line) => line.startsWith(LOST_HANDSHAKE))
    await until('the file is there', () => getter.lines.includes('done') || isLost(), getter)
    if (getter.lines.includes('done')) return getter
    getter.program.signal('SIGTERM')
    await getter.program.exited()
  }
}

test('two WebTorrent clients find each other by our tracker and exchange a file over WebRTC', { skip }, async () => {
  await using stack = new AsyncDisposableStack()
  const url = await startTracker(stack)
  const [from, to] = [makeHome('webtorrent'), makeHome('webtorrent')]
  const bytes = patternBytes(1024 * 1024, 7)
  writeFileSync(join(from, 'film'), bytes)
  const seed = startPeer(stack, url, 'seed', join(from, 'film'))
  const isMagnet = (line: string): boolean => line.startsWith('magnet ')
  const magnet = await until('it seeds', () => seed.lines.find(isMagnet), seed)
  const hash = Buffer.from(/btih:([0-9a-f]{40})/.exec(magnet)?.[1] ?? '', 'hex').toString('latin1')
  await until('the tracker knows it', async () => (await membersAt(url, hash)) === 1, seed)
  const getter = await startGetter(stack, url, 'get', to, magnet.slice('magnet '.length))
  assert.deepEqual(readFileSync(join(to, 'film')), Buffer.from(bytes))
  assert.deepEqual(
    getter.lines.filter((line) => !line.startsWith('peer webrtc') && !line.startsWith(LOST_HANDSHAKE)),
    ['done'],
  )
  getter.program.signal('SIGTERM')
  await getter.program.exited()
  await until('the tracker forgets it', async () => (await membersAt(url, hash)) === 1)
})
