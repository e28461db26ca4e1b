// docs/page.png: the page of a daemon in the middle of its work, as Chromium shows it. `node scripts/run.cjs scripts/page-picture.ts`
import { join } from 'node:path'
import { mkdirSync, writeFileSync } from 'node:fs'
import { launchBrowser } from '../test/support/browser.ts'
import { serveDaemon, type ServedDaemon } from '../test/support/daemon.ts'
import { makeHome } from '../test/support/program.ts'
import { patternBytes } from '../test/support/torrents.ts'

const MB = 1_000_000
/** Name, files with their sizes, labels, and whether we share it or fetch it. */
const TORRENTS: readonly (readonly [string, Readonly<Record<string, number>>, readonly string[], 'share' | 'fetch'])[] =
  [
    ['Village archive', { 'scans.zip': 14 * MB }, [], 'share'],
    ['River data 2026', { 'levels.csv': 6 * MB, 'readme.txt': 2000 }, ['data'], 'share'],
    ['Lecture series, week 7', { 'lecture.webm': 12 * MB, 'slides.pdf': MB }, ['courses'], 'share'],
    ['Field recordings 1998-2004', { 'tape 01.wav': 9 * MB, 'tape 02.wav': 8 * MB }, ['music'], 'share'],
    ['Choir rehearsal', { 'part one.flac': 18 * MB, 'part two.flac': 16 * MB }, ['music'], 'fetch'],
    ['Autumn hike', { 'ridge.mp4': 24 * MB, 'lake.jpg': 3 * MB, 'summit.jpg': 4 * MB }, ['photos'], 'fetch'],
  ]

await using other = await serveDaemon({
  'download-dir': makeHome('other'),
  'page-roots': ['/tmp'],
  'up-limit': 1_500,
  'up-limit-on': true,
})
await using own = await serveDaemon({ 'download-dir': makeHome('own'), 'page-roots': ['/tmp'], 'seed-queue-on': false })
for (const [name, files, labels, way] of TORRENTS) await begin(name, files, labels, way)
const { url } = (await own.call('shoal_page_link')) as { url: string }
const browser = await launchBrowser()
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 })
  await page.goto(url)
  await page.getByText('Autumn hike').click()
  await page.keyboard.press('Enter')
  await page.getByRole('tab', { name: 'Pieces' }).click()
  // Until there is something to see of a transfer.
  await page
    .locator('.details')
    .getByText(/^[4-6]\d\.\d %$/)
    .first()
    .waitFor({ timeout: 120_000 })
  await page.screenshot({ path: join(import.meta.dirname, '../docs/page.png') })
} finally {
  await browser.close()
}

async function begin(
  name: string,
  files: Readonly<Record<string, number>>,
  labels: readonly string[],
  way: 'share' | 'fetch',
): Promise<void> {
  const folder = join(makeHome('picture'), name)
  Object.entries(files).forEach(([path, size], n) => {
    const file = join(folder, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, patternBytes(size, n))
  })
  const from = way === 'share' ? own : other
  const hash = await shared(from, folder)
  if (way === 'fetch') {
    const { metainfo } = await other.call('shoal_metainfo', { id: hash })
    await own.call('torrent_add', { metainfo, labels })
    const { listening } = (await other.call('shoal_status')) as { listening: string[] }
    await own.call('shoal_connect', { id: hash, peer: listening[0] })
  } else await own.call('torrent_set', { ids: hash, labels })
}

async function shared(daemon: ServedDaemon, path: string): Promise<string> {
  await daemon.call('shoal_share', { path })
  for (;;) {
    const { jobs } = (await daemon.call('shoal_jobs')) as { jobs: { path: string; hash_string: string | null }[] }
    const hash = jobs.find((job) => job.path === path)?.hash_string
    if (typeof hash === 'string') return hash
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
