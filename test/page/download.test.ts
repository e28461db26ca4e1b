// From a link, a .torrent, a search or a person to a download, as a user goes: the box at the top and the dialog.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { encodeBencode } from '../../src/core/bencode.ts'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import type { ListedTorrent } from '../../src/daemon/listed-torrent.ts'
import { named } from '../../src/web/words/named.ts'
import { checkAccessible, NARROW, openBrowser, takePictures, WIDE } from '../support/browser.ts'
import { infoHashOf, serveCatalogue, torrentNamed } from '../support/catalogue.ts'
import { openDaemon, serveDaemon, type TestDaemon } from '../support/daemon.ts'
import { person } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'
import { type MadeTorrent, makeTorrent, patternBytes } from '../support/torrents.ts'
import { writeTree } from '../support/tree.ts'

const PIECE = 16_384
const HOSTILE = '<img src=x onerror=alert(1)>'
const REVERSED = 'song\u202egnp.exe'
const LONG = `${'long '.repeat(46)}.txt`
const BOX = { name: 'Search, or paste a link' }

interface Seed extends TestDaemon {
  readonly made: MadeTorrent
  readonly hash: string
  readonly link: string
}

/** Gives `top` with these files, on loopback. */
async function openSeed(sizes: Readonly<Record<string, number>>): Promise<Seed> {
  const files = Object.entries(sizes).map(([path, size], n) => ({ path, bytes: patternBytes(size, n) }))
  const made = makeTorrent(files, PIECE)
  const seed = await openDaemon()
  const dir = makeHome('seed')
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(dir, 'top', path)), { recursive: true })
    writeFileSync(join(dir, 'top', path), bytes)
  }
  await seed.call('torrent_add', { metainfo: metainfoOf(made), download_dir: dir, is_seed: true })
  await until('it seeds', () => [...seed.daemon.list][0]?.torrent.isDone)
  const hash = Buffer.from(made.info.infoHashV1 ?? []).toString('hex')
  return { ...seed, made, hash, link: `magnet:?xt=urn:btih:${hash}&dn=top&x.pe=127.0.0.1:${seed.daemon.session.port}` }
}

function metainfoOf({ info }: MadeTorrent): string {
  return Buffer.from(writeTorrent(bareMetainfo(info))).toString('base64')
}

function listed({ daemon }: TestDaemon, hash: string): ListedTorrent {
  const found = daemon.list.byHash(hash)
  assert.ok(found, 'it is in the list')
  return found
}

async function wantedOf(it: TestDaemon, hash: string): Promise<unknown> {
  const { torrents } = await it.call('torrent_get', {
    ids: [hash],
    fields: ['wanted', 'labels', 'sequential_download'],
  })
  return (torrents as unknown[])[0]
}

const row = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('checkbox', { name }) })

/** A folder of which a part is wanted. */
async function expectMixed(folder: Locator): Promise<void> {
  await folder.locator('input:indeterminate').waitFor()
}

test('words find what is here and what trackers list; what is chosen of it is added', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using catalogue = await serveCatalogue()
  const song = torrentNamed('blue song', { files: ['cd1/1 one.mp3', 'cd1/2 two.mp3', `cover/${HOSTILE}.jpg`, LONG] })
  await catalogue.publish(song)
  await catalogue.publish(torrentNamed(`${HOSTILE} song`))
  await catalogue.publish(torrentNamed(REVERSED))
  const dead = 'http://127.0.0.1:1/announce'
  await using it = await serveDaemon({ trackers: [`${catalogue.url}/announce`, dead] })
  await it.call('torrent_add', { metainfo: Buffer.from(torrentNamed('my own song')).toString('base64'), paused: true })
  const page = await browser.open(it)

  await page.keyboard.press('/')
  const box = page.getByRole('combobox', BOX)
  await page.keyboard.type('song')
  assert.equal(await box.inputValue(), 'song', '/ goes to the box')
  await page.keyboard.insertText('x'.repeat(600))
  assert.equal((await box.inputValue()).length, 604, 'nothing that is pasted is cut')
  await box.fill('song')
  const here = page.getByRole('group', { name: 'Here already' })
  await here.getByRole('option', { name: 'my own song' }).waitFor()
  const there = page.getByRole('group', { name: `127.0.0.1:${catalogue.port}` })
  await there.getByRole('option', { name: 'blue song' }).waitFor()
  await there.getByRole('option', { name: HOSTILE }).waitFor()
  await there.getByRole('option', { name: 'songgnp.exe' }).waitFor()
  await page.getByText('127.0.0.1:1').last().waitFor()
  await takePictures(page, 'search')
  await checkAccessible(page)

  await page.setViewportSize(NARROW)
  await checkAccessible(page)
  await page.setViewportSize(WIDE)

  await page.keyboard.press('Escape')
  await here.waitFor({ state: 'hidden' })
  assert.deepEqual([await box.getAttribute('aria-expanded'), await box.inputValue()], ['false', 'song'])
  await page.keyboard.press('ArrowDown')
  await here.waitFor()
  await page.keyboard.press('ArrowDown')
  assert.equal(await here.getByRole('option', { name: 'my own song' }).getAttribute('aria-selected'), 'true')
  for (let n = 0; n < 4; n++) {
    if ((await there.getByRole('option', { name: 'blue song' }).getAttribute('aria-selected')) === 'true') break
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')

  const dialog = page.getByRole('dialog', { name: 'blue song' })
  const tree = dialog.getByRole('treegrid')
  await dialog.getByText('4 of 4 files, 4.00 kB').waitFor()
  await dialog.getByText(/free there$/).waitFor()
  await tree.focus()
  // The folder around all is open: past it into cd1, which opens, and 1 one.mp3 is not wanted.
  for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown', ' ']) await page.keyboard.press(key)
  await dialog.getByText('3 of 4 files, 3.00 kB').waitFor()
  await expectMixed(row(page, 'cd1'))
  await row(page, 'cover').click()
  await row(page, `${HOSTILE}.jpg`).waitFor()
  await takePictures(page, 'download-choice')
  await checkAccessible(page)
  await dialog.getByRole('button', { name: 'Pictures' }).click()
  await dialog.getByLabel('Labels').fill('music, blue')
  await dialog.getByLabel('In order').check()
  await dialog.getByLabel('Start at once').uncheck()
  await dialog.getByRole('button', { name: 'Download', exact: true }).click()
  await page.getByText(`${named('blue song')} was added.`).waitFor()
  const hash = infoHashOf(song)
  assert.deepEqual(await wantedOf(it, hash), {
    wanted: [false, true, false, true],
    labels: ['music', 'blue'],
    sequential_download: true,
  })
  assert.equal(listed(it, hash).torrent.state, 'stopped')

  await box.click()
  await there.getByRole('option', { name: 'blue song' }).click()
  await page.getByRole('dialog', { name: 'This is here already.' }).waitFor()
  await page.getByRole('button', { name: 'Show it' }).click()
  await page.waitForURL(new RegExp(`#torrents/${hash}`))
})

test('of a link peers tell the files; it waits for a choice, and only that comes', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using seed = await openSeed({ 'film.mkv': 3 * PIECE, 'sample/film.mkv': 2 * PIECE, [`${HOSTILE}.txt`]: 100 })
  const [usual, chosen] = [makeHome('usual'), makeHome('chosen')]
  await using it = await serveDaemon({ 'download-dir': usual })
  const page = await browser.open(it)
  const box = page.getByRole('combobox', BOX)
  await box.fill(seed.link)
  await page.getByRole('option', { name: 'Download from this link' }).waitFor()
  await box.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'top' })
  await dialog.getByText('3 of 3 files').waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(listed(it, seed.hash).torrent.content, undefined, 'nothing of it was opened')

  await page.getByText('Choose what to download').waitFor()
  await page.getByRole('row').filter({ hasText: 'top' }).dblclick()
  await dialog.getByText('3 of 3 files').waitFor()
  await dialog.getByRole('button', { name: 'None' }).click()
  await dialog.getByText('Choose at least one file.').waitFor()
  assert.ok(await dialog.getByRole('button', { name: 'Download', exact: true }).isDisabled())
  await dialog.getByLabel('Filter files').fill('sample mkv')
  await dialog.getByLabel('Filter files').press('Enter')
  await row(page, 'film.mkv').getByRole('checkbox').check()
  await dialog.getByText('1 of 3 files, 32.8 kB').waitFor()
  await dialog.getByLabel('Folder').fill(chosen)
  await dialog.getByRole('button', { name: 'Download', exact: true }).click()
  await page.getByText(`${named('top')} was added.`).waitFor()
  await until(
    'it is there',
    () => existsSync(join(chosen, 'top/sample/film.mkv')) && listed(it, seed.hash).torrent.isDone,
  )
  assert.deepEqual(readFileSync(join(chosen, 'top/sample/film.mkv')), Buffer.from(patternBytes(2 * PIECE, 1)))
  assert.deepEqual([readdirSync(usual), readdirSync(join(chosen, 'top'))], [[], ['sample']])
})

test('while nobody knows what is in it, that is said; who does not want it removes it', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using it = await serveDaemon()
  const page = await browser.open(it)
  await page.getByRole('button', { name: 'Download', exact: true }).click()
  const ask = page.getByRole('dialog', { name: 'Download' })
  await checkAccessible(page)
  await takePictures(page, 'download-ask')
  await ask.getByLabel('Link').fill('not a link')
  await ask.getByLabel('Link').press('Enter')
  await ask.getByText('That is no link to a torrent.').waitFor()
  await ask.getByLabel('Link').fill('http://127.0.0.1:1/no.torrent')
  await ask.getByRole('button', { name: 'Next' }).click()
  await ask.getByRole('alert').filter({ hasText: '127.0.0.1' }).waitFor()
  assert.equal(await ask.getByLabel('Link').inputValue(), 'http://127.0.0.1:1/no.torrent', 'what was typed stays')
  const hash = '7'.repeat(40)
  await ask.getByLabel('Link').fill(hash)
  await ask.getByLabel('Link').press('Enter')
  const dialog = page.getByRole('dialog', { name: hash })
  await dialog.getByText('Asking peers what is in it…').waitFor()
  await dialog.getByText('No peer found yet').waitFor()
  await takePictures(page, 'download-waiting')
  await checkAccessible(page)
  assert.equal(listed(it, hash).wishes.isUndecided, true)
  await dialog.getByRole('button', { name: 'Don’t download' }).click()
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(it.daemon.list.size, 0)
})

test('.torrent files of this device are gone through one after the other; what does not fit is said', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const downloads = makeHome('downloads')
  const films = join(downloads, 'Films')
  mkdirSync(films)
  await using it = await serveDaemon({ 'download-dir': downloads })
  const page = await browser.open(it)
  const one = torrentNamed('one')
  const pieces = 100_000
  const huge = encodeBencode({
    info: { name: 'huge', 'piece length': 2 ** 29, pieces: new Uint8Array(20 * pieces), length: pieces * 2 ** 29 },
  })
  const file = (name: string, bytes: Uint8Array) => ({
    name: `${name}.torrent`,
    mimeType: 'application/x-bittorrent',
    buffer: Buffer.from(bytes),
  })
  const input = page.locator('.search-box input[type=file]')
  await input.setInputFiles([file('one', one), file('huge', huge), file('bad', Buffer.from('nonsense'))])
  const first = page.getByRole('dialog', { name: 'one' })
  await first.getByRole('button', { name: 'Browse' }).click()
  await first.getByRole('option', { name: 'Films' }).click()
  await until('the folder is the one that was opened', async () => {
    return (await first.getByRole('textbox', { name: 'Folder' }).inputValue()) === films
  })
  await first.getByRole('button', { name: 'Download', exact: true }).click()
  const second = page.getByRole('dialog', { name: 'huge' })
  await second.getByText(/^This needs 53\.7 TB, but only .* are free there\.$/).waitFor()
  await second.getByRole('button', { name: 'Browse' }).click()
  await second.getByRole('option', { name: 'Films' }).waitFor()
  await page.setViewportSize(NARROW)
  await checkAccessible(page)
  await page.setViewportSize(WIDE)
  await takePictures(page, 'download-browse')
  await second.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('dialog', { name: 'Download' }).getByRole('alert').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await input.setInputFiles([file('one', one)])
  await page.getByRole('dialog', { name: 'This is here already.' }).waitFor()
  assert.deepEqual(
    [...it.daemon.list].map(({ torrent }) => [torrent.name, torrent.dir]),
    [['one', films]],
  )
})

test('20,000 files are chosen from without a stumble', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using it = await serveDaemon()
  const page = await browser.open(it)
  const paths = Array.from({ length: 20_000 }, (_, n) => `folder ${n % 40}/file ${n}.${n % 2 === 0 ? 'jpg' : 'txt'}`)
  const many = torrentNamed('many', { files: paths })
  const input = page.locator('.search-box input[type=file]')
  await input.setInputFiles({ name: 'a.torrent', mimeType: '', buffer: Buffer.from(many) })
  const dialog = page.getByRole('dialog', { name: 'many' })
  await dialog.getByText('20,000 of 20,000 files, 20.0 MB').waitFor()
  await dialog.getByRole('treegrid').focus()
  await page.keyboard.press('End')
  await row(page, 'folder 39').waitFor()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('End')
  await row(page, 'file 19999.txt').waitFor()
  await dialog.getByRole('button', { name: 'Text' }).click()
  await dialog.getByText('10,000 of 20,000 files, 10.0 MB').waitFor()
  assert.ok((await page.getByRole('row').count()) < 100, 'only what is near is in the page')
  await dialog.getByRole('button', { name: 'Download', exact: true }).click()
  await page.getByText(`${named('many')} was added.`).waitFor()
  const { wanted } = (await wantedOf(it, infoHashOf(many))) as { wanted: boolean[] }
  assert.equal(wanted.filter(Boolean).length, 10_000)
})

test('what a person shares is found by words and fetched at once', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const sharedDir = join(makeHome('shared'), 'public')
  writeTree(sharedDir, { 'photos/beach.jpg': 100 })
  await using ann = await person('ann', { sharedDir })
  const receiveDir = makeHome('got')
  const settings = { 'direct-on': true, 'direct-port': 0, nearby: false, name: 'me', 'receive-dir': receiveDir }
  await using it = await serveDaemon(settings)
  const page = await browser.open(it)
  const box = page.getByRole('combobox', BOX)
  await box.fill('beach')
  await page.getByText('There is nobody to ask yet').waitFor()
  await page.getByRole('link', { name: 'Trackers' }).click()
  await page.waitForURL(/#settings\/sharing/)

  await it.daemon.direct?.add('ann', { ip: '127.0.0.1', port: ann.direct.port })
  await it.call('shoal_contact_change', { contact: 'ann', trust: 'trusted' })
  ann.direct.contacts.change(ann.direct.contacts.find('me'), { trust: 'trusted' })
  await page.keyboard.press('Control+k')
  await page.keyboard.type('beach.jpg')
  const hers = page.getByRole('group', { name: 'Shared by ann' })
  await hers.getByRole('option', { name: 'beach.jpg' }).click()
  await page.getByText(`Getting ${named('beach.jpg')}.`).waitFor()
  await until('it came', () => {
    const fetches = [...(it.daemon.direct?.fetching.all ?? [])]
    return fetches.some(({ path, torrent }) => path === 'photos/beach.jpg' && torrent.isDone)
  })
})
