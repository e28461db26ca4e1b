// Thousands of small torrents that seed: from a start with kept state until all serve, memory of each, processor time
// while nothing happens, and how their announces are spread. In memory (/dev/shm), as built, one process.
//   npm run bench -- idle [--torrents 5000] [--idle-sec 15] [--alone]
// Beside them libtorrent and transmission-daemon with the same torrents (not with --alone).
import { createServer } from 'node:http'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setLateFlags } from '../src/cli/v8-flags.ts'
import { Session } from '../src/index.ts'
import { cpuPercent, type Idle, idleLibtorrent, idleTransmission, MOST_FOR_TRANSMISSION } from './idle-others.ts'
import { makeSmallTorrent } from './small-torrent.ts'

setLateFlags() // as the program has it

/** V8 collects its garbage once more when a process has become idle. */
const SETTLE_MS = 20_000

const { values } = parseArgs({
  options: {
    torrents: { type: 'string', default: '5000' },
    'idle-sec': { type: 'string', default: '15' },
    alone: { type: 'boolean' },
  },
})
const count = Number(values.torrents)
const idleMs = Number(values['idle-sec']) * 1000
const work = mkdtempSync('/dev/shm/shoal-idle-')
let announces = 0
const tracker = createServer((_request, response) => {
  announces++
  response.end('d8:intervali1800e5:peers0:e')
}).listen(0, '127.0.0.1')
try {
  await new Promise((resolve) => tracker.once('listening', resolve))
  const url = `http://127.0.0.1:${(tracker.address() as AddressInfo).port}/announce`
  mkdirSync(join(work, 'data'))
  for (let n = 0; n < count; n++) makeSmallTorrent(work, n, url)
  const first = await openAll()
  await first.session.close()
  announces = 0
  const rssBefore = process.memoryUsage().rss
  const { session, readyMs } = await openAll()
  await wait(2_000)
  const kilobytes = (process.memoryUsage().rss - rssBefore) / count / 1000
  console.log(`${count} torrents seed after ${readyMs.toFixed(0)} ms (${first.readyMs.toFixed(0)} ms with a check)`)
  console.log(
    `resident: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB in all; the second start added ${kilobytes.toFixed(1)} kB each`,
  )
  const announced = announces
  await wait(idleMs)
  console.log(`announces: ${announced} in the first 2 s, then ${((announces - announced) / idleMs) * 1000} a second`)
  while (announces < count) await wait(1_000)
  await wait(SETTLE_MS)
  console.log(`idle: ${(await cpuPercent(process.pid, idleMs)).toFixed(2)} % of a core`)
  await session.close()
  if (values.alone !== true) {
    const job = { work, count, settleMs: SETTLE_MS, idleMs }
    printOther(count, await idleLibtorrent(job))
    const fewer = Math.min(count, MOST_FOR_TRANSMISSION)
    printOther(fewer, await idleTransmission({ ...job, count: fewer }))
  }
} finally {
  tracker.close()
  rmSync(work, { recursive: true })
}

function printOther(many: number, { name, readyMs, bytesEach, cpuPercent }: Idle): void {
  const numbers = `${(bytesEach / 1000).toFixed(1)} kB each; idle: ${cpuPercent.toFixed(2)} % of a core`
  console.log(`${name}: ${many} torrents seed after ${readyMs.toFixed(0)} ms; ${numbers}`)
}

async function openAll(): Promise<{ session: Session; readyMs: number }> {
  const begunAt = performance.now()
  const session = await Session.open({ stateDir: join(work, 'state'), listen: [{ ip: '127.0.0.1', port: 0 }] })
  const options = { dir: join(work, 'data'), mode: 'seed' } as const
  const torrents = Array.from({ length: count }, (_, n) => {
    return session.add({ metainfo: new Uint8Array(readFileSync(join(work, `${n}.torrent`))) }, options)
  })
  while (!torrents.every((torrent) => torrent.status().state === 'seeding')) await wait(5)
  return { session, readyMs: performance.now() - begunAt }
}
