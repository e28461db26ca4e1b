// WebTorrent clients that others wrote (npm: webtorrent) meet at our tracker over WebSocket and exchange over WebRTC.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { Access } from '../../src/tracker/access.ts'
import { WsFront } from '../../src/tracker/ws-front.ts'
import { WsSwarms } from '../../src/tracker/ws-swarms.ts'
import { makeHome, type Program, startProgram, until } from '../support/program.ts'
import { patternBytes } from '../support/torrents.ts'

const MODULES = join(import.meta.dirname, '../../tools/webtorrent/node_modules')
const PEER = join(import.meta.dirname, 'webtorrent-peer.mjs')
const skip = existsSync(join(MODULES, 'webtorrent')) ? false : 'needs npm install in tools/webtorrent'

async function startTracker(stack: AsyncDisposableStack): Promise<{ front: WsFront; url: string }> {
  const nowSec = (): number => Math.floor(performance.now() / 1000)
  const access = await Access.open({})
  const front = new WsFront({ swarms: new WsSwarms(), access, rules: { intervalSec: 900 }, nowSec })
  const server = http.createServer()
  front.attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stack.defer(async () => {
    await front.close()
    server.close()
  })
  const address = server.address()
  assert(address !== null && typeof address === 'object')
  return { front, url: `ws://127.0.0.1:${address.port}` }
}

/** `lines`: what it has said. */
function startPeer(stack: AsyncDisposableStack, ...args: readonly string[]): { program: Program; lines: string[] } {
  const lines: string[] = []
  const onLine = (line: string): number => lines.push(line)
  const program = stack.use(startProgram(process.execPath, [PEER, MODULES, ...args], { onLine }))
  return { program, lines }
}

test('two WebTorrent clients find each other by our tracker and exchange a file over WebRTC', { skip }, async () => {
  await using stack = new AsyncDisposableStack()
  const { front, url } = await startTracker(stack)
  const [from, to] = [makeHome('webtorrent'), makeHome('webtorrent')]
  const bytes = patternBytes(1024 * 1024, 7)
  writeFileSync(join(from, 'film'), bytes)
  const seed = startPeer(stack, url, 'seed', join(from, 'film'))
  const isMagnet = (line: string): boolean => line.startsWith('magnet ')
  const magnet = await until('it seeds', () => seed.lines.find(isMagnet), seed)
  await until('the tracker knows it', () => front.counts.members === 1, seed)
  const getter = startPeer(stack, url, 'get', to, magnet.slice('magnet '.length))
  await until('the file is there', () => getter.lines.includes('done'), getter)
  assert.deepEqual(readFileSync(join(to, 'film')), Buffer.from(bytes))
  assert.deepEqual(
    getter.lines.filter((line) => !line.startsWith('peer webrtc')),
    ['done'],
  )
  getter.program.signal('SIGTERM')
  await getter.program.exited()
  await until('the tracker forgets it', () => front.counts.members === 1)
})
