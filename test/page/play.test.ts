// Playing and looking at files of a torrent while they come, as a user does it.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { deflateSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { checkAccessible, openBrowser, takePictures } from '../support/browser.ts'
import { openDaemon, type ServedDaemon, serveDaemon, type TestDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { makeTorrent } from '../support/torrents.ts'

const PIECE = 16_384
const HOSTILE = '<img src=x onerror=alert(1)>'
const RATE = 8_000

/** A tone of 8 bits and one channel, as long as asked for. */
function wav(seconds: number): Buffer {
  const length = RATE * seconds
  const head = Buffer.alloc(44)
  head.write('RIFF')
  head.writeUInt32LE(36 + length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20) // PCM
  head.writeUInt16LE(1, 22) // channels
  head.writeUInt32LE(RATE, 24)
  head.writeUInt32LE(RATE, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(length, 40)
  const tone = Buffer.from(Array.from({ length }, (_, n) => 128 + Math.round(40 * Math.sin(n / 5))))
  return Buffer.concat([head, tone])
}

/** A square of one colour. */
function png(size: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    check.writeUInt32BE(crc(body))
    return Buffer.concat([length, body, check])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size, 0)
  head.writeUInt32BE(size, 4)
  head.set([8, 2], 8) // 8 bits, RGB
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(size * 3, Buffer.from([11, 110, 128]))])
  const data = deflateSync(Buffer.concat(Array.from({ length: size }, () => line)))
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

function crc(bytes: Buffer): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let n = 0; n < 8; n++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return ~value >>> 0
}

const TEXT = `Grüße\n${HOSTILE}\n<script>alert(1)</script>\n${'x'.repeat(300_000)}`
const FILES: Readonly<Record<string, Buffer>> = {
  '1 first.wav': wav(40),
  [`2 ${HOSTILE}.wav`]: wav(2),
  'broken.mp4': Buffer.alloc(2 * PIECE, 'no film'),
  'cover.png': png(64),
  'readme.txt': Buffer.concat([Buffer.from(TEXT), Buffer.from([0xff, 0xfe])]),
  'rest.bin': Buffer.alloc(40 * PIECE, 'rest'),
}
const MADE = makeTorrent(
  Object.entries(FILES).map(([path, bytes]) => ({ path, bytes })),
  PIECE,
)
const HASH = Buffer.from(MADE.info.infoHashV1 ?? []).toString('hex')
const METAINFO = Buffer.from(writeTorrent(bareMetainfo(MADE.info))).toString('base64')

async function openSeed(): Promise<TestDaemon> {
  // So slow that playing is ahead of it.
  const seed = await openDaemon({ 'up-limit': 200, 'up-limit-on': true })
  const dir = makeHome('seed')
  mkdirSync(join(dir, 'top'))
  for (const [path, bytes] of Object.entries(FILES)) writeFileSync(join(dir, 'top', path), bytes)
  await seed.call('torrent_add', { metainfo: METAINFO, download_dir: dir, is_seed: true })
  await until('it seeds', () => [...seed.daemon.list][0]?.torrent.isDone)
  return seed
}

async function download(it: ServedDaemon, seed: TestDaemon, params: object = {}): Promise<void> {
  await it.call('torrent_add', { metainfo: METAINFO, ...params })
  await it.call('shoal_connect', { id: HASH, peer: `127.0.0.1:${seed.daemon.session.port}` })
}

/** From the details of the torrent, as a reader does. */
async function openFiles(page: Page, it: ServedDaemon): Promise<void> {
  await page.goto(`${new URL(it.url).origin}/#torrents/${HASH}/files`)
}

const fileRow = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('checkbox', { name, exact: true }) })

/** Runs in the page. */
const isDrawn = (image: unknown): boolean => (image as { naturalWidth: number }).naturalWidth === 64

const timeOf = (page: Page): Promise<number> =>
  page.locator('audio').evaluate((audio) => (audio as unknown as { currentTime: number }).currentTime)

test('a song plays while it comes; the next one, a picture and a text are shown', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using seed = await openSeed()
  await using it = await serveDaemon()
  await download(it, seed)
  const page = await browser.open(it)
  const streams: string[] = []
  page.on('request', (request) => request.url().includes('/events/torrent') && streams.push(request.url()))
  await openFiles(page, it)
  await fileRow(page, '1 first.wav').dblclick()
  const dialog = page.getByRole('dialog', { name: '1 first.wav' })
  await dialog.getByText('1 / 2').waitFor()
  await until('it plays', async () => (await timeOf(page)) > 0)
  const { torrent } = [...it.daemon.list][0] ?? {}
  assert.equal(torrent?.isDone, false, 'the rest has not come yet')
  assert.equal(streams.length, 1, 'the details below the dialog listen to the same')
  await takePictures(page, 'play-song')
  await checkAccessible(page)

  await dialog.getByRole('button', { name: `Next: 2 ${HOSTILE}.wav` }).click()
  const second = page.getByRole('dialog', { name: `2 ${HOSTILE}.wav` })
  await second.getByText('2 / 2').waitFor()
  await until('it plays too', async () => (await timeOf(page)) > 0)
  assert.ok(await second.getByRole('button', { name: 'Next' }).isDisabled())
  await page.keyboard.press('Escape')
  await second.waitFor({ state: 'hidden' })

  await fileRow(page, 'cover.png').dblclick()
  const picture = page.getByRole('img', { name: 'cover.png' })
  await until('it is drawn', () => picture.evaluate(isDrawn))
  await takePictures(page, 'play-picture')
  await page.keyboard.press('Escape')

  await fileRow(page, 'readme.txt').dblclick()
  const text = page.getByRole('region', { name: 'Text of readme.txt' })
  await text.waitFor()
  assert.equal(await text.textContent(), Buffer.from(TEXT).subarray(0, 262_144).toString())
  await page.getByText('Only the first 262 kB are shown.').waitFor()
  await takePictures(page, 'play-text')
  await checkAccessible(page)
})

test('what cannot be played or shown has a link to copy and to save', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using seed = await openSeed()
  await seed.call('session_set', { speed_limit_up_enabled: false })
  await using it = await serveDaemon()
  await download(it, seed)
  await until('it is there', () => [...it.daemon.list][0]?.torrent.isDone)
  const page = await browser.open(it)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await openFiles(page, it)
  await fileRow(page, 'broken.mp4').dblclick()
  const film = page.getByRole('dialog', { name: 'broken.mp4' })
  await film.getByText('This browser cannot play it.').waitFor()
  await film.getByText('All of it is here').waitFor()
  const copy = film.getByRole('button', { name: 'Copy the link' })
  await copy.click()
  const link = await page.evaluate('navigator.clipboard.readText()')
  // As over plain HTTP from another machine.
  await page.evaluate(`
    globalThis.kept = navigator.clipboard
    kept.writeText('nothing').then(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))`)
  await copy.click()
  await until('it is copied all the same', async () => (await page.evaluate('kept.readText()')) === link)
  const answer = await fetch(String(link))
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), FILES['broken.mp4'], 'the link needs no sign-in')
  await takePictures(page, 'play-broken')
  await checkAccessible(page)
  await page.keyboard.press('Escape')

  await fileRow(page, 'rest.bin').dblclick()
  const other = page.getByRole('dialog', { name: 'rest.bin' })
  await other.getByText('This kind of file cannot be shown here.').waitFor()
  const saving = page.waitForEvent('download')
  await other.getByRole('link', { name: 'Save' }).click()
  assert.equal((await saving).suggestedFilename(), 'rest.bin')
})

test('what is stopped is started, and what was not wanted is wanted, where it is played', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using seed = await openSeed()
  await using it = await serveDaemon()
  await download(it, seed, { paused: true, files_unwanted: [MADE.file('cover.png')] })
  const page = await browser.open(it)
  await openFiles(page, it)
  await fileRow(page, 'cover.png').dblclick()
  const dialog = page.getByRole('dialog', { name: 'cover.png' })
  await dialog.getByText('You chose not to download this file.').waitFor()
  await checkAccessible(page)
  await dialog.getByRole('button', { name: 'Download it' }).click()
  await dialog.getByText('This torrent is stopped.').waitFor()
  await takePictures(page, 'play-stopped')
  await dialog.getByRole('button', { name: 'Start it' }).click()
  await it.call('shoal_connect', { id: HASH, peer: `127.0.0.1:${seed.daemon.session.port}` })
  await dialog.getByText('All of it is here').waitFor()
  const picture = dialog.getByRole('img', { name: 'cover.png' })
  await until('it is drawn', () => picture.evaluate(isDrawn))
  const { torrents } = await it.call('torrent_get', { ids: [HASH], fields: ['wanted'] })
  assert.ok((torrents as { wanted: boolean[] }[])[0]?.wanted.every(Boolean))
})
