// Whole programs against each other: one seeder, one downloader, one big file.
// Loopback and memory only. The pairs take turns, so that a slow minute of the machine hits them all; medians are printed,
// and one line of JSON.
//   npm run bench -- race [--mib 2048] [--runs 3] [--piece-kib 1024] [--only shoal-shoal,libtorrent-shoal] [--dir /dev/shm]
// Transmission never connects over 127.0.0.1: to see it download, --address takes another address of a namespace's loopback.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { TrackerServer } from '../src/tracker/tracker-server.ts'
import { freePort } from '../test/support/program.ts'
import { aria2 } from '../test/interop/clients/aria2.ts'
import type { Client } from '../test/interop/clients/client.ts'
import { libtorrent } from '../test/interop/clients/libtorrent.ts'
import { qbittorrent } from '../test/interop/clients/qbittorrent.ts'
import { rtorrent } from '../test/interop/clients/rtorrent.ts'
import { transmissionAt } from '../test/interop/clients/transmission.ts'
import { untilListed } from '../test/interop/scrape.ts'
import { bytesOnDisk, holdMemory } from './ballast.ts'
import { median } from './median.ts'
import { cpuSeconds, memoryMiB, watchAnonMiB } from './proc.ts'
import { buildShoal, makeRaceTorrent } from './racers.ts'

const MIB = 1024 * 1024
const FINISH_MS = 300_000
const LOOPBACK = '127.0.0.1'

interface Pair {
  readonly name: string
  readonly seeder: Client
  readonly downloader: Client
}

interface Side {
  readonly cpuSecPerGiB: number
  readonly residentMiB: number
  readonly anonMiB: number
}

interface Result {
  readonly mbPerSec: number
  /** From the moment that it had the torrent until data was in its file. */
  readonly firstByteMs: number
  readonly seeder: Side
  readonly downloader: Side
}

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '2048' },
    runs: { type: 'string', default: '3' },
    'piece-kib': { type: 'string', default: '1024' },
    only: { type: 'string' },
    dir: { type: 'string', default: '/dev/shm' },
    address: { type: 'string', default: LOOPBACK },
  },
})
const { address } = values
const shoal = buildShoal(address)
const OTHERS: readonly Client[] = [libtorrent, rtorrent, aria2, qbittorrent, transmissionAt(address)]
const mib = Number(values.mib)
const work = mkdtempSync(join(values.dir, 'shoal-race-'))
const trackerPort = await freePort()
const trackerUrl = `http://${address}:${trackerPort}/announce`
try {
  const infoHash = makeRaceTorrent(work, { mib, pieceKiB: Number(values['piece-kib']), trackerUrl })
  const pairs = choosePairs(values.only?.split(','))
  const results = new Map<string, Result[]>(pairs.map(({ name }) => [name, []]))
  for (let run = 1; run <= Number(values.runs); run++) {
    for (const pair of pairs) {
      const result = await race(pair, infoHash)
      results.get(pair.name)?.push(result)
      console.error(`run ${run}  ${pair.name.padEnd(24)} ${result.mbPerSec.toFixed(0).padStart(5)} MB/s`)
    }
  }
  printTable(new Map([...results].map(([name, runs]) => [name, medianOf(runs)])))
} finally {
  rmSync(work, { recursive: true, force: true })
}

function choosePairs(only: readonly string[] | undefined): Pair[] {
  const alone = [shoal, ...OTHERS].map((client) => [client, client] as const)
  const crosses = OTHERS.flatMap((other) => [[shoal, other] as const, [other, shoal] as const])
  return (
    [...alone, ...crosses, [rtorrent, libtorrent] as const]
      .filter(([seeder, downloader]) => seeder.missing === undefined && downloader.missing === undefined)
      // As a downloader it connects to nobody there, and seeds connect to nobody.
      .filter(([, downloader]) => address !== LOOPBACK || downloader.name !== 'transmission')
      .map(([seeder, downloader]) => ({ name: `${seeder.name}-${downloader.name}`, seeder, downloader }))
      .filter(({ name }) => only === undefined || only.includes(name))
  )
}

/** Time runs from the moment the downloader gets the torrent until it says that it has all, tracker included. */
async function race(pair: Pair, infoHash: string): Promise<Result> {
  const torrent = join(work, 'data.torrent')
  const dir = mkdtempSync(join(work, 'got-'))
  // A new one each time: it must not list the programs of the race before.
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rmSync(dir, { recursive: true }))
  cleanup.adopt(await TrackerServer.listen({ port: trackerPort, host: address }), (server) => server.close())
  await using seeder = await pair.seeder.start({ torrent, dir: join(work, 'seed') })
  await seeder.finished(FINISH_MS)
  await untilListed(trackerUrl, infoHash, 'complete')
  using _ = holdMemory(mib * MIB, dir)
  const seederCpuBefore = cpuSeconds(seeder.pid)
  await using downloader = await pair.downloader.start({ torrent, dir })
  using memory = watchAnonMiB([seeder.pid, downloader.pid])
  const firstByteAt = firstByteIn(dir)
  await downloader.finished(FINISH_MS)
  const seconds = (performance.now() - downloader.addedAt) / 1000
  const side = (pid: number, cpuBefore: number, anonMiB = 0): Side => ({
    cpuSecPerGiB: (cpuSeconds(pid) - cpuBefore) / (mib / 1024),
    residentMiB: memoryMiB(pid, 'VmHWM'),
    anonMiB,
  })
  const result = {
    mbPerSec: (mib * MIB) / 1e6 / seconds,
    firstByteMs: (await firstByteAt) - downloader.addedAt,
    seeder: side(seeder.pid, seederCpuBefore, memory.peaks[0]),
    downloader: side(downloader.pid, 0, memory.peaks[1]),
  }
  if (statSync(join(dir, 'data')).size !== mib * MIB) throw new Error(`${pair.name}: the file is too short`)
  return result
}

/** When something was written below `dir`, to 5 ms. */
function firstByteIn(dir: string): Promise<number> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (bytesOnDisk(dir) === 0) return
      clearInterval(timer)
      resolve(performance.now())
    }, 5)
  })
}

/** Of each number apart. */
function medianOf(runs: readonly Result[]): Result {
  const side = (of: (run: Result) => Side): Side => ({
    cpuSecPerGiB: median(runs.map((run) => of(run).cpuSecPerGiB)),
    residentMiB: median(runs.map((run) => of(run).residentMiB)),
    anonMiB: median(runs.map((run) => of(run).anonMiB)),
  })
  return {
    mbPerSec: median(runs.map((run) => run.mbPerSec)),
    firstByteMs: median(runs.map((run) => run.firstByteMs)),
    seeder: side((run) => run.seeder),
    downloader: side((run) => run.downloader),
  }
}

function printTable(results: ReadonlyMap<string, Result>): void {
  const yardstick = results.get('libtorrent-libtorrent')?.mbPerSec
  const rows = [...results].map(([name, { mbPerSec, firstByteMs, seeder, downloader }]) => [
    name,
    mbPerSec.toFixed(0),
    yardstick === undefined ? '-' : (mbPerSec / yardstick).toFixed(2),
    firstByteMs.toFixed(0),
    `${seeder.cpuSecPerGiB.toFixed(1)} + ${downloader.cpuSecPerGiB.toFixed(1)}`,
    `${seeder.residentMiB.toFixed(0)} + ${downloader.residentMiB.toFixed(0)}`,
    `${seeder.anonMiB.toFixed(0)} + ${downloader.anonMiB.toFixed(0)}`,
  ])
  console.log(`${mib} MiB, pieces of ${values['piece-kib']} KiB, medians of ${values.runs}; "+": seeder + downloader\n`)
  console.log(
    '| seeder-downloader | MB/s | of libtorrent | first byte ms | CPU s per GiB | peak resident MiB | peak anonymous MiB |',
  )
  console.log('|---|--:|--:|--:|--:|--:|--:|')
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
  console.log(`\n${JSON.stringify({ race: { mib, results: Object.fromEntries(results) } })}`)
}
