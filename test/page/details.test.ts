// The inside of a torrent on the page: files, pieces, peers, trackers, speed, facts; as users press them, and what the daemon
// has afterwards.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { printAddress } from '../../src/core/address.ts'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { TrackerServer } from '../../src/tracker/tracker-server.ts'
import { checkAccessible, NARROW, openBrowser, pressAll, takePictures } from '../support/browser.ts'
import { type ServedDaemon, serveDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 65_536
const COUNT = 64
const SCRIPT = '<img src=x onerror=alert(1)>.txt'
const REVERSED = 'invoice\u202Efdp.exe'
const LONG = `${'long name '.repeat(23)}.bin`
/** Of different lengths: their names on this disk may be others. */
const FILES = [
  { path: 'film.mp4', bytes: patternBytes(30 * PIECE, 1) },
  { path: 'extras/trailer.mkv', bytes: patternBytes(4 * PIECE, 2) },
  { path: 'extras/notes.txt', bytes: patternBytes(2 * PIECE, 3) },
  { path: SCRIPT, bytes: patternBytes(11 * PIECE, 4) },
  { path: REVERSED, bytes: patternBytes(9 * PIECE, 5) },
  { path: LONG, bytes: patternBytes(8 * PIECE, 6) },
]
const { info } = makeTorrent(FILES, PIECE)
const METAINFO = writeTorrent(bareMetainfo(info))
/** Slow enough to be seen while it comes. */
const SLOW = 300_000

interface Swarm extends AsyncDisposable {
  readonly daemon: ServedDaemon
  readonly page: Page
  readonly details: Locator
  /** Of the seeder. */
  readonly peer: string
  torrent(...fields: string[]): Promise<Record<string, unknown>>
  openTab(name: string): Promise<void>
}

/** A daemon with the torrent, a seeder that it does not know, and the page with the torrent's details. */
async function openDetails(context: TestContext, added: object = {}): Promise<Swarm | undefined> {
  await using stack = new AsyncDisposableStack()
  const opened = await openBrowser(context)
  if (opened === undefined) return undefined
  const browser = stack.use(opened)
  const dir = makeHome('data')
  for (const { path, length } of info.files) {
    const file = join(dir, ...path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, FILES.find(({ bytes }) => bytes.length === length)?.bytes ?? new Uint8Array())
  }
  const seeder = stack.adopt(await openSession({ uploadBytesPerSec: SLOW }), (session) => session.close())
  const seed = seeder.add({ metainfo: METAINFO }, { dir, mode: 'seed' })
  await until('it seeds', () => seed.isDone)
  const [address] = seeder.addresses
  assert.ok(address)
  const daemon = stack.use(await serveDaemon())
  await daemon.call('torrent_add', { metainfo: Buffer.from(METAINFO).toString('base64'), ...added })
  const page = await browser.open(daemon)
  await page.getByRole('row', { name: /top/ }).dblclick()
  const details = page.getByRole('region', { name: 'Details' })
  await details.waitFor()
  const all = stack.move()
  return {
    daemon,
    page,
    details,
    peer: printAddress(address),
    async torrent(...fields) {
      const { torrents } = await daemon.call('torrent_get', { fields })
      const [first] = torrents as Record<string, unknown>[]
      assert.ok(first)
      return first
    },
    openTab: (name) => details.getByRole('tab', { name }).click(),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

interface FileStats {
  readonly wanted: boolean
  readonly priority: number
}

test('files are left out, put first and renamed, and hostile names are only text', async (context) => {
  const swarm = await openDetails(context, { paused: true })
  if (swarm === undefined) return
  await using it = swarm
  const { page, details } = it
  const fileOf = async (end: string): Promise<FileStats | undefined> => {
    const { files, file_stats: stats } = await it.torrent('files', 'file_stats')
    const n = (files as { name: string }[]).findIndex(({ name }) => name.endsWith(end))
    return (stats as FileStats[])[n]
  }
  const row = (name: string): Locator => details.getByRole('row', { name })
  await row(SCRIPT).waitFor()
  await row('invoicefdp.exe').waitFor()
  assert.equal(await page.locator('img[src="x"]').count(), 0)

  await row('film.mp4').getByRole('button', { name: 'Priority of film.mp4: Normal' }).click()
  await page.getByRole('menuitem', { name: 'High' }).click()
  await row('film.mp4').getByText('High').waitFor()
  assert.deepEqual(await fileOf('film.mp4'), { ...(await fileOf('film.mp4')), wanted: true, priority: 1 })

  await row('extras').getByRole('checkbox').click()
  await row('extras').getByText('Leave out').waitFor()
  assert.equal((await fileOf('notes.txt'))?.wanted, false)
  assert.equal((await fileOf('film.mp4'))?.wanted, true)
  await row('extras')
    .getByRole('button', { name: /Priority of extras/ })
    .click()
  await page.getByRole('menuitem', { name: 'Low' }).click()
  await row('extras').getByText('Low').waitFor()
  assert.equal((await fileOf('trailer.mkv'))?.priority, -1)

  await row('film.mp4')
    .getByRole('button', { name: /Priority of/ })
    .click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByLabel('New name').fill('a/b')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('New name').fill('the film.mp4')
  await page.keyboard.press('Enter')
  await row('the film.mp4').waitFor()
  assert.ok(await fileOf('top/the film.mp4'))
  await takePictures(page, 'details-files')
  await checkAccessible(page)
})

test('pieces come in, are counted in words, and one peer can be asked what it has', async (context) => {
  const swarm = await openDetails(context)
  if (swarm === undefined) return
  await using it = swarm
  const { page, details, peer } = it
  await it.openTab('Pieces')
  await details.getByText(`0 of ${COUNT} pieces here`).waitFor()
  await details.getByText('with nobody who is connected').waitFor()
  await it.daemon.call('shoal_connect', { id: 1, peer })
  await details.getByText('the rarest missing piece is with 1 peer').waitFor()
  await details.getByText(new RegExp(`^[1-9]\\d* of ${COUNT} pieces here`)).waitFor()
  await details.getByLabel('Who has what').selectOption({ value: peer })
  await details.getByText(`${peer} has ${COUNT} of ${COUNT} pieces.`).waitFor()
  assert.equal(await details.getByRole('img', { name: /Pieces that/ }).count(), 1)
  const map = details.getByRole('img', { name: /Map of the pieces/ })
  await map.hover({ position: { x: 3, y: 3 } })
  await details.getByText(/^Piece 0: /).waitFor()
  assert.ok((await coloursOf(map)) > 3, 'what is here does not look like what is not')
  await takePictures(page, 'details-pieces')
  await checkAccessible(page)

  await it.openTab('Speed')
  await details.getByText(/Receiving: [\d.]+ kB\/s now/).waitFor()
  await details.locator('.speed-plot canvas').waitFor()
  await takePictures(page, 'details-speed')
  await checkAccessible(page)
})

/** Of a canvas; tests know no types of a page. */
interface Drawn {
  readonly width: number
  readonly height: number
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray }
  }
}

function coloursOf(map: Locator): Promise<number> {
  return map.evaluate((element) => {
    const canvas = element as unknown as Drawn
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return new Set(new Uint32Array(data.buffer)).size
  })
}

test('a peer is added by its address, looked at, called and sent away', async (context) => {
  const swarm = await openDetails(context)
  if (swarm === undefined) return
  await using it = swarm
  const { page, details, peer } = it
  await it.openTab('Peers')
  await details.getByRole('heading', { name: 'No peers yet' }).waitFor()
  const field = details.getByLabel('Add a peer')
  await field.fill('nobody')
  await field.press('Enter')
  await details.getByRole('alert').waitFor()
  assert.equal(await field.inputValue(), 'nobody', 'what was typed is still there')
  await field.fill(peer)
  await details.getByRole('button', { name: 'Add' }).click()
  const row = details.getByRole('row', { name: new RegExp(peer) })
  await row.getByText('Shoal').waitFor()
  await row.getByText('100 %').waitFor()
  const flags = row.locator('abbr')
  await flags.filter({ hasText: 'D' }).waitFor()
  assert.match((await flags.getAttribute('title')) ?? '', /we receive from it/)
  await details.getByRole('button', { name: 'Program' }).click()
  assert.equal(await details.getByRole('columnheader', { name: 'Program' }).getAttribute('aria-sort'), 'ascending')
  await takePictures(page, 'details-peers')
  await checkAccessible(page)

  await row.getByRole('button', { name: `What to do with ${peer}` }).click()
  await page.getByRole('menuitem', { name: 'Measure how fast' }).click()
  await page.getByText(/was reached in \d+ ms and answered in \d+ ms/).waitFor()
  await row.getByRole('button', { name: `What to do with ${peer}` }).click()
  await page.getByRole('menuitem', { name: 'Show which pieces' }).click()
  await details.getByText(`${peer} has ${COUNT}`).waitFor()
  await it.openTab('Peers')
  await row.getByRole('button', { name: `What to do with ${peer}` }).click()
  await page.getByRole('menuitem', { name: 'Disconnect' }).click()
  await page.getByText(`Disconnected from ${peer}`).waitFor()
  await row.waitFor({ state: 'detached' })
  assert.deepEqual((await it.torrent('peers'))['peers'], [])
})

test('trackers are added, tell what they know and when they are asked again, and are removed', async (context) => {
  const swarm = await openDetails(context)
  if (swarm === undefined) return
  await using it = swarm
  const { page, details } = it
  await using stack = new AsyncDisposableStack()
  const tracker = stack.adopt(await TrackerServer.listen({ port: 0, host: '127.0.0.1' }), (server) => server.close())
  const url = `http://127.0.0.1:${tracker.port}/announce`
  const gone = 'http://127.0.0.1:1/announce'
  await it.openTab('Trackers')
  await details.getByRole('heading', { name: 'No trackers' }).waitFor()
  const field = details.getByLabel('Add a tracker')
  await field.fill('ftp://no')
  await field.press('Enter')
  await details.getByRole('alert').getByText('is no tracker').waitFor()
  await field.fill(url)
  await field.press('Enter')
  const row = details.getByRole('listitem').filter({ hasText: url })
  await row.getByText('Working').waitFor()
  await row.getByText(/asked again in /).waitFor()
  await row.getByText(/1 leecher/).waitFor()
  await field.fill(gone)
  await field.press('Enter')
  await details.getByRole('listitem').filter({ hasText: gone }).waitFor()
  await takePictures(page, 'details-trackers')
  await checkAccessible(page)
  await details.getByRole('button', { name: 'Ask all now' }).click()
  await page.getByText('The trackers are being asked.').waitFor()
  await details.getByRole('button', { name: `Remove ${url}` }).click()
  await row.waitFor({ state: 'detached' })
  // Of other tiers only who is needed is asked (BEP 12).
  await details.getByRole('listitem').filter({ hasText: gone }).getByText('Failed').waitFor()
  const { trackers } = await it.torrent('trackers')
  assert.deepEqual(
    (trackers as { announce: string }[]).map(({ announce }) => announce),
    [gone],
  )

  // Faster than the page is told: the second is not taken for the one that stands in its place by then.
  const others = ['http://127.0.0.1:2/announce', 'http://127.0.0.1:3/announce', 'http://127.0.0.1:4/announce']
  await it.daemon.call('torrent_set', { ids: 1, tracker_add: others })
  await details.getByRole('listitem').nth(3).waitFor()
  await details.getByRole('button', { name: /^Remove .*:[12]\/announce$/ }).evaluateAll(pressAll)
  await details.getByRole('listitem').nth(2).waitFor({ state: 'detached' })
  for (const left of others.slice(1)) await details.getByRole('listitem').filter({ hasText: left }).waitFor()
})

test('facts are told, limits and order are changed; the way back works on a phone and by keyboard', async (context) => {
  const swarm = await openDetails(context, { paused: true })
  if (swarm === undefined) return
  await using it = swarm
  const { page, details } = it
  await it.openTab('About')
  const { hash_string: hash } = await it.torrent('hash_string')
  await details.getByText(String(hash), { exact: true }).waitFor()
  await details.getByRole('checkbox').check()
  await until(
    'it comes in order',
    async () => (await it.torrent('sequential_download'))['sequential_download'] === true,
  )
  await details.getByRole('button', { name: 'Change…' }).click()
  await page.getByLabel('Receive at most').fill('500')
  await page.getByRole('button', { name: 'Save' }).click()
  await details.getByText('receives 500 kB/s at most').waitFor()
  await details.getByRole('button', { name: 'Change…' }).click()
  await until('it says what holds', async () => (await page.getByLabel('Receive at most').inputValue()) === '500')
  await page.getByLabel('Send at most').fill('50')
  await page.keyboard.press('Enter')
  await details.getByText('receives 500 kB/s at most, sends 50.0 kB/s at most').waitFor()
  await takePictures(page, 'details-about')
  await checkAccessible(page)

  await details.getByRole('tab', { name: 'About' }).press('ArrowRight')
  assert.match(page.url(), /\/files$/, 'from the last tab to the first')
  await page.keyboard.press('Escape')
  await details.waitFor({ state: 'detached' })
  assert.match(page.url(), /#torrents$/)
  await page.setViewportSize(NARROW)
  await page.getByRole('row', { name: /top/ }).dblclick()
  await details.waitFor()
  await checkAccessible(page)
  await details.getByRole('button', { name: 'Back to the list' }).click()
  await page.getByRole('row', { name: /top/ }).waitFor()
  await page.goBack()
  await details.waitFor()
  await details.getByRole('button', { name: 'Start' }).click()
  await details.getByRole('button', { name: 'Stop' }).waitFor()
})
