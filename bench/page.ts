// The page with thousands of torrents of which many change each second: how smoothly its list scrolls, how much is loaded first,
// and after how long it can be used. In Chromium, with a daemon of this process; nothing is painted by a graphics card.
//   npm run bench -- page [--torrents 5000] [--changing 1000] [--rounds 5] [--seconds 10] [--profile] [--long]
// --profile: the functions that took most time while it scrolled. --long: memory after ten minutes, too.
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { CDPSession, Page } from 'playwright-core'
import type { Daemon } from '../src/daemon/daemon.ts'
import type { TorrentEvent } from '../src/daemon/rpc/types.ts'
import { launchBrowser } from '../test/support/browser.ts'
import { type ServedDaemon, serveDaemon } from '../test/support/daemon.ts'
import { memoryOf, printFrames, scroll } from './page-frames.ts'

const LONG_MS = 600_000
const PIECE_BYTES = 16_384
const LIST = '.torrent-grid .window-list'
const MOST_FUNCTIONS = 15

/** In the page, where there are no types of ours. */
const NOTE_FIRST_ROW = `
  const observer = new MutationObserver(() => {
    if (document.querySelector('.torrent-row:not(.head)') === null) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => { globalThis.firstRowMs = performance.now() }))
  })
  observer.observe(document, { childList: true, subtree: true })
`
const LOADED = `new Promise((resolve) => setTimeout(() => {
  const loaded = [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
  const sum = (entries) => entries.reduce((bytes, entry) => bytes + entry.encodedBodySize, 0)
  const files = loaded.filter(({ name }) => !name.includes('/events'))
  resolve({ scripts: sum(files.filter(({ name }) => name.endsWith('.js'))), all: sum(files), firstRowMs: globalThis.firstRowMs })
}, 1000))`

const { values } = parseArgs({
  options: {
    torrents: { type: 'string', default: '5000' },
    changing: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    profile: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
  },
})
const count = Number(values.torrents)
/** Torrents a second. */
let changing = 0

await using it = await serveDaemon()
for (let n = 0; n < count; n++) await addTorrent(it, n)
simulateChanges(it.daemon)
const browser = await launchBrowser()
try {
  await measure(browser.newPage({ viewport: { width: 1280, height: 900 } }))
} finally {
  await browser.close()
}

/** Stopped, with hashes of nothing: only its row matters. */
async function addTorrent(daemon: ServedDaemon, n: number): Promise<void> {
  const name = `A torrent with a name of usual length, number ${n}`
  const info = `d6:lengthi${PIECE_BYTES}e4:name${name.length}:${name}12:piece lengthi${PIECE_BYTES}e6:pieces20:`
  const metainfo = Buffer.from(`d4:info${info}${String(n).padStart(20, 'x')}ee`).toString('base64')
  await daemon.call('torrent_add', { metainfo, paused: true, labels: [`label ${n % 7}`] })
}

/** As if they ran: each second others have other rates and are further. */
function simulateChanges({ feed }: Daemon): void {
  const real = feed.changesFor.bind(feed)
  const rows: TorrentEvent[] = []
  let round = 0
  feed.changesFor = (reader) => {
    const news = real(reader)
    if (news !== undefined) rows.push(...news.changed)
    if (rows.length === 0 || changing === 0) return news
    const first = (round++ * changing) % rows.length
    const changed = rows.slice(first, first + changing).map(
      (row, n): TorrentEvent => ({
        ...row,
        state: 'downloading',
        done_bytes: (round * 997 + n) % PIECE_BYTES,
        rate_download: (round * 7_919 + n * 104_729) % 5_000_000,
        rate_upload: (round * 104_729 + n * 7_919) % 1_000_000,
        peers_connected: (round + n) % 50,
      }),
    )
    return { changed: [...(news?.changed ?? []), ...changed], removed: [] }
  }
}

async function measure(opening: Promise<Page>): Promise<void> {
  const page = await opening
  const devtools = await page.context().newCDPSession(page)
  await page.addInitScript(NOTE_FIRST_ROW)
  const { url } = (await it.call('shoal_page_link')) as { url: string }
  await page.goto(url)
  await page.locator('#content .torrent-row:not(.head)').first().waitFor()
  // The code of the link is in the history no more: now as on any other day, with an empty cache.
  await page.reload()
  await page.locator('#content .torrent-row:not(.head)').first().waitFor()
  const load = (await page.evaluate(LOADED)) as { scripts: number; all: number; firstRowMs: number }
  console.log(`first load: ${kilobytes(load.scripts)} of scripts, ${kilobytes(load.all)} in all, compressed`)
  console.log(`${count} torrents: usable after ${load.firstRowMs.toFixed(0)} ms`)
  console.log(`at first: ${await memoryOf(devtools)}`)
  if (values.profile) await devtools.send('Profiler.enable')
  if (values.profile) await devtools.send('Profiler.start')
  for (let round = 1; round <= Number(values.rounds); round++) {
    // What this machine does by itself is seen where nothing changes.
    for (const perSecond of [0, Number(values.changing)]) {
      changing = perSecond
      printFrames(`${round}  ${perSecond} change each second`, await scroll(page, LIST, Number(values.seconds)))
    }
  }
  if (values.profile) await printProfile(devtools)
  console.log(`then: ${await memoryOf(devtools)}`)
  if (!values.long) return
  await wait(LONG_MS)
  console.log(`after ten minutes: ${await memoryOf(devtools)}`)
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`
}

async function printProfile(devtools: CDPSession): Promise<void> {
  const { profile } = await devtools.send('Profiler.stop')
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, lineNumber, columnNumber } }) => {
      return [id, `${functionName || '(no name)'} ${lineNumber}:${columnNumber}`]
    }),
  )
  const spent = new Map<string, number>()
  profile.samples?.forEach((id, n) => {
    const name = names.get(id) ?? ''
    spent.set(name, (spent.get(name) ?? 0) + (profile.timeDeltas?.[n] ?? 0) / 1000)
  })
  const most = [...spent].toSorted(([, a], [, b]) => b - a).slice(0, MOST_FUNCTIONS)
  for (const [name, ms] of most) console.log(`${ms.toFixed(0).padStart(7)} ms  ${name}`)
}
