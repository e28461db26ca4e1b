// How smooth the page is while its daemon downloads as fast as this machine can, and what being looked at costs the download: a
// seeder, a tracker and a daemon in the published form, and a browser, all on this machine. The page shows the pieces of the
// torrent, and its list, which has others too, is scrolled all the time.
//   npm run bench -- page-flow [--mib 4096] [--others 500] [--seconds 5] [--rounds 3] [--dir /dev/shm]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { TrackerServer } from '../src/tracker/tracker-server.ts'
import { untilListed } from '../test/interop/scrape.ts'
import { launchBrowser } from '../test/support/browser.ts'
import { freePort, until } from '../test/support/program.ts'
import { runShoal, startShoal } from '../test/support/shoal.ts'
import { bytesOnDisk, holdMemory } from './ballast.ts'
import { median } from './median.ts'
import { printFrames, scroll } from './page-frames.ts'
import { buildShoal, makeRaceTorrent } from './racers.ts'

const FINISH_MS = 300_000
const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '4096' },
    others: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: '/dev/shm' },
  },
})
const mib = Number(values.mib)
const command = [process.execPath, join(import.meta.dirname, '../bin/shoal.cjs')] as const
const shoal = buildShoal()
const work = mkdtempSync(join(values.dir, 'shoal-page-flow-'))
try {
  await using cleanup = new AsyncDisposableStack()
  const port = await freePort()
  cleanup.adopt(await TrackerServer.listen({ port, host: '127.0.0.1' }), (server) => server.close())
  const trackerUrl = `http://127.0.0.1:${port}/announce`
  const infoHash = makeRaceTorrent(work, { mib, pieceKiB: 1024, trackerUrl })
  const seeder = cleanup.use(await shoal.start({ torrent: join(work, 'data.torrent'), dir: join(work, 'seed') }))
  await seeder.finished(FINISH_MS)
  await untilListed(trackerUrl, infoHash, 'complete')
  const browser = cleanup.adopt(await launchBrowser(), (one) => one.close())
  const rates: { readonly unseen: number[]; readonly seen: number[] } = { unseen: [], seen: [] }
  for (let round = 1; round <= Number(values.rounds); round++) {
    rates.unseen.push(await download(round))
    rates.seen.push(await download(round, browser))
  }
  const [unseen, seen] = [median(rates.unseen), median(rates.seen)]
  console.log(`medians: ${unseen.toFixed(0)} MB/s unseen, ${seen.toFixed(0)} looked at: ${(seen / unseen).toFixed(2)}`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** MB/s, from the first bytes on. */
async function download(round: number, browser?: Browser): Promise<number> {
  await using cleanup = new AsyncDisposableStack()
  const place = mkdtempSync(join(work, 'got-'))
  cleanup.defer(() => rmSync(place, { recursive: true }))
  const [state, got] = [join(place, 'state'), join(place, 'files')]
  mkdirSync(got)
  using _ = holdMemory(mib * 1024 * 1024, got)
  const say = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runShoal([...words, '--state-dir', state], { command: [...command] })
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  const listen = ['--listen', '127.0.0.1:0', '--rpc-listen', '127.0.0.1:0', '--download-dir', got]
  const daemon = cleanup.use(startShoal(['daemon', '--state-dir', state, ...listen], { command: [...command] }))
  await daemon.event('api')
  if (browser !== undefined) {
    const others = Array.from({ length: Number(values.others) }, (_, n) => {
      return `magnet:?xt=urn:btih:${String(n).padStart(40, '0')}&dn=Another+torrent+of+this+list,+number+${n}`
    })
    await say('add', '--paused', ...others)
  }
  const page = await browser?.newPage({ viewport: { width: 1280, height: 900 } })
  await page?.goto(await say('web', '--print-url'))
  await say('add', join(work, 'data.torrent'))
  await page?.locator('.torrent-row', { hasText: 'data' }).first().dblclick()
  await page?.getByRole('tab', { name: 'Pieces' }).click()
  await until('something is here', () => bytesOnDisk(got) > 0, { program: daemon, everyMs: 5 })
  const [before, begunAt] = [bytesOnDisk(got), performance.now()]
  if (page !== undefined) {
    const frames = await scroll(page, '.torrent-grid .window-list', Number(values.seconds))
    const isFlowing = bytesOnDisk(got) < mib * 1024 * 1024
    printFrames(`${round}  ${isFlowing ? 'all the while' : 'SHORTER THAN THE SCROLLING'}`, frames)
  }
  await until('all is here', () => bytesOnDisk(got) >= mib * 1024 * 1024, { timeoutMs: FINISH_MS, everyMs: 5 })
  const rate = (mib * 1024 * 1024 - before) / 1000 / (performance.now() - begunAt)
  console.log(`${round}  ${rate.toFixed(0)} MB/s${page === undefined ? '' : ' while somebody looks'}`)
  await page?.close()
  return rate
}
