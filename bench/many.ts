// One seeder and many downloaders of the same client, all on this machine: how long until the last one has all.
// Loopback and memory only; the clients take turns.
//   npm run bench -- many [--mib 512] [--downloaders 8] [--runs 3] [--only shoal,aria2] [--dir /dev/shm]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { TrackerServer } from '../src/tracker/tracker-server.ts'
import { aria2 } from '../test/interop/clients/aria2.ts'
import type { Client, Running } from '../test/interop/clients/client.ts'
import { libtorrent } from '../test/interop/clients/libtorrent.ts'
import { untilListed } from '../test/interop/scrape.ts'
import { freePort } from '../test/support/program.ts'
import { holdMemory } from './ballast.ts'
import { median } from './median.ts'
import { cpuSeconds } from './proc.ts'
import { buildShoal, makeRaceTorrent } from './racers.ts'

const MIB = 1024 * 1024
const FINISH_MS = 300_000

interface Result {
  readonly seconds: number
  readonly cpuSec: number
}

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '512' },
    downloaders: { type: 'string', default: '8' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    dir: { type: 'string', default: '/dev/shm' },
  },
})
const mib = Number(values.mib)
const downloaders = Number(values.downloaders)
const clients = [buildShoal(), aria2, libtorrent].filter(
  ({ name, missing }) => missing === undefined && (values.only?.split(',').includes(name) ?? true),
)
const work = mkdtempSync(join(values.dir, 'shoal-many-'))
const trackerPort = await freePort()
const trackerUrl = `http://127.0.0.1:${trackerPort}/announce`
try {
  const infoHash = makeRaceTorrent(work, { mib, pieceKiB: 1024, trackerUrl })
  const results = new Map<string, Result[]>(clients.map(({ name }) => [name, []]))
  for (let run = 1; run <= Number(values.runs); run++) {
    for (const client of clients) {
      const result = await once(client, infoHash)
      results.get(client.name)?.push(result)
      console.error(`run ${run}  ${client.name.padEnd(12)} ${result.seconds.toFixed(2)} s`)
    }
  }
  console.log(`${mib} MiB to ${downloaders} downloaders, medians of ${values.runs}\n`)
  console.log('| client | last one done s | CPU s of all |\n|---|--:|--:|')
  for (const [name, runs] of results) {
    const seconds = median(runs.map((run) => run.seconds))
    console.log(`| ${name} | ${seconds.toFixed(2)} | ${median(runs.map((run) => run.cpuSec)).toFixed(1)} |`)
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

async function once(client: Client, infoHash: string): Promise<Result> {
  const torrent = join(work, 'data.torrent')
  const got = mkdtempSync(join(work, 'got-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rmSync(got, { recursive: true }))
  cleanup.adopt(await TrackerServer.listen({ port: trackerPort, host: '127.0.0.1' }), (server) => server.close())
  const seeder = cleanup.use(await client.start({ torrent, dir: join(work, 'seed') }))
  await seeder.finished(FINISH_MS)
  await untilListed(trackerUrl, infoHash, 'complete')
  const seederCpuBefore = cpuSeconds(seeder.pid)
  const startOne = async (n: number): Promise<Running> => {
    const dir = join(got, `${n}`)
    mkdirSync(dir)
    return cleanup.use(await client.start({ torrent, dir }))
  }
  cleanup.use(holdMemory(mib * MIB * downloaders, got))
  const begunAt = performance.now()
  const all = await Promise.all(Array.from({ length: downloaders }, (_, n) => startOne(n)))
  await Promise.all(all.map((one) => one.finished(FINISH_MS)))
  const seconds = (performance.now() - begunAt) / 1000
  const cpuSec = all.reduce((sum, { pid }) => sum + cpuSeconds(pid), cpuSeconds(seeder.pid) - seederCpuBefore)
  return { seconds, cpuSec }
}
