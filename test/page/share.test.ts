// Sharing and sending in the page, as people do it: from Shoal's machine, from this device, to people, and by a link.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { parseMagnet } from '../../src/core/metainfo/magnet.ts'
import { serveCatalogue } from '../cli/catalogue-server.ts'
import { type OpenBrowser, checkAccessible, openBrowser, takePictures } from '../support/browser.ts'
import { type ServedDaemon, openDaemon, serveDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MB = 1_000_000
const HOSTILE = '<img src=x onerror=alert(1)>.txt'
/** The direction mark would show it as "report-exe.pdf". */
const REVERSED = 'report-\u202efdp.exe'
const LONG = `${'long name '.repeat(22)}.mkv`

interface Row {
  readonly name: string
  readonly hash_string: string
  readonly percent_done: number
  readonly is_private: boolean
  readonly comment: string
  readonly download_dir: string
}

async function torrentsOf(daemon: { call: ServedDaemon['call'] }): Promise<readonly Row[]> {
  const fields = ['name', 'hash_string', 'percent_done', 'is_private', 'comment', 'download_dir']
  const { torrents } = await daemon.call('torrent_get', { fields })
  return torrents as unknown as Row[]
}

const dialogOf = (page: Page): ReturnType<Page['locator']> => page.locator('dialog[open]')

async function openShare(browser: OpenBrowser, daemon: ServedDaemon): Promise<Page> {
  const page = await browser.open(daemon)
  await page.getByRole('banner').getByRole('button', { name: 'Share' }).click()
  await dialogOf(page).waitFor()
  return page
}

async function openSend(browser: OpenBrowser, daemon: ServedDaemon): Promise<Page> {
  const page = await openShare(browser, daemon)
  await dialogOf(page).getByRole('button', { name: 'Only to certain people…' }).click()
  await dialogOf(page).getByRole('tab', { name: 'To people' }).waitFor()
  return page
}

test('a folder of this machine is shared by keyboard, with its link, code, file, and who has it', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const home = makeHome('things')
  const photos = join(home, 'photos')
  writeTree(photos, {
    'beach.jpg': 3 * MB,
    [HOSTILE]: 10,
    [LONG]: 30,
    'inner/2.txt': 5,
    'inner/10.txt': 5,
  })
  await using daemon = await serveDaemon({ 'page-roots': [home] })
  const page = await openShare(browser, daemon)
  const dialog = dialogOf(page)
  const list = dialog.getByRole('listbox')
  await dialog.getByRole('option', { name: basename(home) }).waitFor()
  await list.focus()
  const atHome = list.locator('.keyboard').filter({ hasText: basename(home) })
  for (let n = 0; n < 8 && (await atHome.count()) === 0; n++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await dialog.getByRole('option', { name: 'photos' }).waitFor()
  await page.keyboard.press('Enter')
  await dialog.getByRole('option', { name: HOSTILE }).waitFor()
  assert.deepEqual(
    await list.getByRole('option').evaluateAll((rows) => rows.map((row) => row.querySelector('bdi')?.textContent)),
    ['inner', HOSTILE, 'beach.jpg', LONG],
  )
  // Down into a folder, back up to where one was, and nothing is chosen by that.
  await page.keyboard.press('Enter')
  await dialog.getByRole('option', { name: '10.txt' }).waitFor()
  assert.deepEqual(await list.getByRole('option').locator('bdi').allTextContents(), ['2.txt', '10.txt'])
  await page.keyboard.press('Backspace')
  await dialog.getByRole('option', { name: 'beach.jpg' }).click()
  await dialog.getByRole('list', { name: 'Chosen' }).getByText('beach.jpg').first().waitFor()
  await takePictures(page, 'share-machine')
  await checkAccessible(page)
  await dialog.getByRole('button', { name: 'Choose this folder' }).click()
  await dialog.getByText('More choices').click()
  await dialog.getByLabel('Comment').fill('from the beach')
  await takePictures(page, 'share-options')
  await dialog.getByRole('button', { name: 'Share', exact: true }).click()

  await dialog.getByRole('heading', { name: 'Who has it' }).waitFor()
  const [torrent] = await torrentsOf(daemon)
  assert.deepEqual(
    [torrent?.name, torrent?.percent_done, torrent?.comment, torrent?.download_dir],
    ['photos', 1, 'from the beach', home],
  )
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
  assert.equal(await dialog.getByLabel('What others type').inputValue(), `shoal download '${link}'`)
  assert.ok(parseMagnet(link).peers.length > 0, 'without trackers the link has addresses')
  await dialog.getByRole('img', { name: 'QR code of the link to photos' }).waitFor()
  const saving = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Save the .torrent' }).click()
  const saved = await saving
  assert.equal(saved.suggestedFilename(), 'photos.torrent')
  assert.match(readFileSync(await saved.path()).toString('latin1'), /^d.*4:infod/s)

  // Slow enough to be seen before it has all of it, and leaves.
  await using other = await openDaemon({ 'down-limit': 600, 'down-limit-on': true })
  const { session } = daemon.daemon
  await other.call('torrent_add', { filename: `${link}&x.pe=127.0.0.1:${session.port}` })
  await dialog.getByRole('list', { name: 'Others who have it' }).getByText('127.0.0.1:').waitFor()
  await takePictures(page, 'share-done')
  await checkAccessible(page)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
})

test('what is wrong is said in one sentence, and nothing of what was typed is lost', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const home = makeHome('things')
  writeTree(home, { 'notes.txt': 100, [REVERSED]: 20 })
  await using daemon = await serveDaemon({ 'page-roots': [home] })
  const page = await openShare(browser, daemon)
  const dialog = dialogOf(page)
  const share = dialog.getByRole('button', { name: 'Share', exact: true })
  await dialog.getByRole('option', { name: basename(home) }).click()
  await dialog.getByRole('option', { name: 'report-fdp.exe' }).click()
  await share.click()
  await dialog.getByRole('alert').getByText('Cannot share "report-fdp.exe" under its name').waitFor()
  await dialog.getByRole('option', { name: 'notes.txt' }).click()
  await dialog.getByText('More choices').click()
  await dialog.getByLabel('Comment').fill('keep me')
  await dialog.getByLabel('Private').check()
  await share.click()
  await dialog.getByRole('alert').getByText('Others find a private torrent by a tracker only: name one').waitFor()
  assert.equal(await dialog.getByLabel('Comment').inputValue(), 'keep me')
  await dialog.getByLabel('Trackers', { exact: true }).fill('http://127.0.0.1:1/announce')
  await share.click()
  await dialog.getByRole('heading', { name: 'Who has it' }).waitFor()
  const [torrent] = await torrentsOf(daemon)
  assert.deepEqual([torrent?.name, torrent?.is_private, torrent?.comment], ['notes.txt', true, 'keep me'])
})

test('it is listed at the trackers of the settings, and what they say is shown', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const home = makeHome('things')
  writeTree(home, { 'notes.txt': 100 })
  await using friendly = await serveCatalogue()
  await using refusing = await serveCatalogue(() => ({ status: 403, body: '{"error":"only \u202e<b>friends"}' }))
  const trackers = [`${friendly.url}/announce`, `${refusing.url}/announce`]
  await using daemon = await serveDaemon({ 'page-roots': [home], trackers })
  const page = await openShare(browser, daemon)
  const dialog = dialogOf(page)
  await dialog.getByRole('option', { name: basename(home) }).click()
  await dialog.getByRole('option', { name: 'notes.txt' }).click()
  await dialog.getByText('More choices').click()
  await until('the usual trackers stand there', async () => {
    return (await dialog.getByLabel('Trackers', { exact: true }).inputValue()) === trackers.join('\n') || undefined
  })
  await dialog.getByRole('button', { name: 'Share', exact: true }).click()
  await dialog.getByText('Listed as notes.txt').waitFor()
  await dialog.getByText('only <b>friends').waitFor()
  assert.equal(friendly.posted.length, 1)
  await checkAccessible(page)
})

test('what is dropped on the page is shared from this device', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const downloads = makeHome('downloads')
  await using daemon = await serveDaemon({ 'download-dir': downloads })
  const page = await browser.open(daemon)
  const drop = (name: string, onto: string): Promise<void> =>
    page
      .evaluateHandle(`(() => {
        const dropped = new DataTransfer()
        dropped.items.add(new File(['dropped'], ${JSON.stringify(name)}))
        return dropped
      })()`)
      .then((dataTransfer) => page.dispatchEvent(onto, 'drop', { dataTransfer }))
  await drop('first.txt', '#content')
  const dialog = dialogOf(page)
  await dialog.getByText('1 file, 7 B').waitFor()
  await drop('<b>second.txt', '.device-files')
  await dialog.getByText('2 files, 14 B').waitFor()
  await dialog.getByRole('listitem').filter({ hasText: 'first.txt' }).getByRole('button', { name: 'Leave out' }).click()
  await dialog.getByRole('button', { name: 'Share', exact: true }).click()
  await dialog.getByRole('heading', { name: 'Who has it' }).waitFor()
  const [torrent] = await torrentsOf(daemon)
  assert.equal(readFileSync(join(downloads, torrent?.name ?? '')).toString(), 'dropped')
})

test('a new folder is made where one is, and things are moved there', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const home = makeHome('things')
  writeTree(home, { 'notes.txt': 100 })
  await using daemon = await serveDaemon({ 'page-roots': [home] })
  await daemon.call('shoal_share', { path: join(home, 'notes.txt'), unlisted: true })
  const page = await browser.open(daemon)
  await page.getByRole('row', { name: 'notes.txt' }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Move…', exact: true }).click()
  const dialog = dialogOf(page)
  await dialog.getByText('No folders in here').waitFor()
  await dialog.getByRole('button', { name: 'New folder' }).click()
  const name = dialog.getByLabel('Name of the new folder')
  await name.fill('../out')
  await name.press('Enter')
  await dialog.getByRole('alert').filter({ hasText: /\S/ }).waitFor()
  assert.ok(!existsSync(join(home, '../out')))
  await name.fill('kept here')
  await takePictures(page, 'move')
  await checkAccessible(page)
  await name.press('Enter')
  await dialog.getByRole('button', { name: 'kept here' }).waitFor()
  assert.equal(await dialog.getByRole('textbox', { name: 'Folder' }).inputValue(), join(home, 'kept here'))
  await dialog.getByRole('button', { name: 'OK' }).click()
  await until('the file was moved', () => existsSync(join(home, 'kept here/notes.txt')) || undefined)
})

test('files of this device are copied, also over a broken line, and shared', async (context) => {
  await using browser = await openBrowser(context, { expected: ['no answer'] })
  if (browser === undefined) return
  const own = makeHome('device')
  const downloads = makeHome('downloads')
  const trip = join(own, 'trip')
  writeTree(trip, { 'a.bin': 3 * MB, 'b.bin': MB, 'deep/c.bin': 9, 'empty.txt': 0, [HOSTILE]: 11 })
  await using daemon = await serveDaemon({ 'download-dir': downloads })
  const page = await openShare(browser, daemon)
  const dialog = dialogOf(page)
  await dialog.getByRole('tab', { name: 'On this device' }).click()
  await takePictures(page, 'share-device-empty')
  await dialog.getByLabel('Choose a folder…').setInputFiles(trip)
  await dialog.getByText('5 files').waitFor()
  await dialog.getByText(`trip/${HOSTILE}`).waitFor()
  await takePictures(page, 'share-device')
  await checkAccessible(page)
  let broken = 0
  await page.route('**/uploads/*/*', (route) => (broken++ < 1 ? route.abort() : route.continue()))
  await dialog.getByRole('button', { name: 'Share', exact: true }).click()
  await dialog.getByText('No connection: goes on by itself').waitFor()
  await takePictures(page, 'uploading')
  await dialog.getByRole('heading', { name: 'Who has it' }).waitFor()
  assert.ok(broken > 1)
  assert.deepEqual(compareTrees(trip, join(downloads, 'trip')), [])
  const [torrent] = await torrentsOf(daemon)
  assert.deepEqual([torrent?.name, torrent?.percent_done], ['trip', 1])
})

test('an upload goes on while the dialog is closed, waits when it is told to, and can be ended', async (context) => {
  await using browser = await openBrowser(context, { expected: ['no answer'] })
  if (browser === undefined) return
  const own = makeHome('device')
  const downloads = makeHome('downloads')
  writeTree(own, { 'one.bin': 2 * MB, 'two.bin': MB })
  await using daemon = await serveDaemon({ 'download-dir': downloads })
  const page = await openShare(browser, daemon)
  const dialog = dialogOf(page)
  await dialog.getByRole('tab', { name: 'On this device' }).click()
  await dialog.getByLabel('Choose files…').setInputFiles([join(own, 'one.bin'), join(own, 'two.bin')])
  let isHeld = true
  const gate = Promise.withResolvers<void>()
  await page.route('**/uploads/*/*', async (route) => {
    if (isHeld) await gate.promise
    await route.continue().catch(() => {}) // it was cut off meanwhile
  })
  await dialog.getByRole('button', { name: 'Share', exact: true }).click()
  await dialog.getByRole('button', { name: 'Go on in the background' }).click()
  const card = page.getByRole('complementary', { name: 'On the way' })
  await card.getByText('one.bin and 1 other').waitFor()
  await card.getByRole('button', { name: 'Pause' }).click()
  await card.getByText('Paused').waitFor()
  await takePictures(page, 'uploads-card')
  await checkAccessible(page)
  isHeld = false
  gate.resolve()
  await card.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('status').getByRole('button', { name: 'Show' }).click()
  await dialog.getByRole('heading', { name: 'one.bin and 1 other' }).waitFor()
  await page.keyboard.press('Escape')
  assert.deepEqual(compareTrees(own, join(downloads, 'one.bin and 1 other')), [])

  await page.unroute('**/uploads/*/*')
  await page.route('**/uploads/*/*', (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()))
  await page.getByRole('banner').getByRole('button', { name: 'Share' }).click()
  await dialog.getByRole('tab', { name: 'On this device' }).click()
  await dialog.getByLabel('Choose files…').setInputFiles(join(own, 'two.bin'))
  await dialog.getByRole('button', { name: 'Share', exact: true }).click()
  await dialog.getByText('No connection').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await dialog.getByText('1 file,').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  assert.equal(await card.count(), 0)
  assert.ok(!existsSync(join(downloads, 'two.bin')))
})

test('an upload asks nothing while nobody is signed in, and goes on after that', async (context) => {
  await using browser = await openBrowser(context, { expected: [401] })
  if (browser === undefined) return
  const own = makeHome('device')
  const downloads = makeHome('downloads')
  writeTree(own, { 'one.bin': 2 * MB })
  await using daemon = await serveDaemon({ 'download-dir': downloads })
  const page = await openShare(browser, daemon)
  await page.clock.install()
  const dialog = dialogOf(page)
  await dialog.getByRole('tab', { name: 'On this device' }).click()
  await dialog.getByLabel('Choose files…').setInputFiles(join(own, 'one.bin'))
  const isSignedOut = Promise.withResolvers<void>()
  let asked = 0
  await page.route('**/uploads/**', async (route) => {
    asked++
    await isSignedOut.promise
    await route.continue()
  })
  await dialog.getByRole('button', { name: 'Share', exact: true }).click()
  await dialog.getByRole('button', { name: 'Go on in the background' }).click()
  await until('a part is on its way', () => asked > 0)
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  const password = page.getByLabel('Or the password')
  await password.waitFor()
  const refused = page.waitForResponse((response) => response.status() === 401)
  isSignedOut.resolve()
  await refused
  await page.clock.runFor(20_000)
  assert.equal(asked, 1)
  await password.fill(daemon.token)
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByRole('button', { name: 'Show' }).click()
  await dialog.getByRole('heading', { name: 'Who has it' }).waitFor()
  assert.deepEqual(compareTrees(own, downloads), [])
})

test('files go to a person who asks for a PIN, with a message', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const home = makeHome('things')
  writeTree(home, { 'notes.txt': 100, 'more.txt': 50 })
  const got = makeHome('got')
  const people = { 'direct-on': true, 'direct-port': 0, nearby: false } as const
  await using bob = await openDaemon({ ...people, name: 'bob', 'receive-dir': got, accept: 'everybody', pin: '2468' })
  await using ann = await serveDaemon({ ...people, name: 'ann', 'page-roots': [home], 'receive-dir': makeHome('a') })
  await ann.call('shoal_contact_add', { name: 'bob', address: `127.0.0.1:${bob.daemon.direct?.port}` })
  await ann.call('shoal_contact_add', { name: '<b>zed', address: '127.0.0.1:1' })
  await ann.call('shoal_contact_add', { name: 'mallory', address: '127.0.0.1:2' })
  await ann.call('shoal_contact_change', { contact: 'mallory', trust: 'blocked' })
  const page = await openSend(browser, ann)
  const dialog = dialogOf(page)
  await dialog.getByRole('checkbox', { name: 'bob' }).check()
  await dialog.getByRole('checkbox', { name: '<b>zed' }).waitFor()
  assert.equal(await dialog.getByRole('checkbox', { name: 'mallory' }).count(), 0, 'who is blocked gets nothing')
  await dialog.getByRole('option', { name: basename(home) }).click()
  await dialog.getByRole('option', { name: 'notes.txt' }).click()
  await dialog.getByRole('option', { name: 'more.txt' }).click()
  await dialog.getByLabel('A message with it').fill('as you wished')
  await takePictures(page, 'send')
  await checkAccessible(page)
  await dialog.getByRole('button', { name: 'Send to 1 person' }).click()
  await dialog.getByText('The PIN was missing').waitFor()
  await takePictures(page, 'send-pin')
  await checkAccessible(page)
  await dialog.getByLabel('PIN').fill('2468')
  const sends = async (): Promise<number> => ((await ann.call('shoal_transfers'))['sent'] as readonly unknown[]).length
  const before = await sends()
  const pressedTwice = Promise.withResolvers<void>()
  await page.route('**/transmission/rpc', async (route) => {
    await pressedTwice.promise // a call is under way when the key comes again
    return route.fallback()
  })
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  pressedTwice.resolve()
  await dialog.getByText('Has it').waitFor()
  assert.equal(await sends(), before + 1, 'pressed twice, it is sent once')
  assert.equal(readFileSync(join(got, 'notes.txt')).length, 100)
  assert.equal(readFileSync(join(got, 'more.txt')).length, 50)
  await until('the message came', async () => {
    const { messages } = await bob.call('shoal_inbox')
    return JSON.stringify(messages).includes('as you wished') || undefined
  })
})

test('files are given by a link, it shows who fetched what, and ends', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const home = makeHome('things')
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'notes.txt'), 'hello by link')
  const people = { 'direct-on': true, 'direct-port': 0, nearby: false } as const
  await using daemon = await serveDaemon({ ...people, name: 'ann', 'page-roots': [home], 'receive-dir': makeHome('a') })
  const page = await openSend(browser, daemon)
  const dialog = dialogOf(page)
  await dialog.getByRole('tab', { name: 'By a link' }).click()
  await dialog.getByRole('option', { name: basename(home) }).click()
  await dialog.getByRole('option', { name: 'notes.txt' }).click()
  await dialog.getByRole('button', { name: 'Make a link' }).click()
  await dialog.getByText('Nobody has opened it yet.').waitFor()
  const link = `http://127.0.0.1:${daemon.daemon.direct?.port}`
  const first = await dialog.getByLabel(/^Link/).first().inputValue()
  assert.match(first, /^http:\/\/.*:\d+\/$/)
  await dialog.getByRole('img', { name: `QR code of ${first}` }).waitFor()
  const listing = await (await fetch(link)).text()
  const [, path = ''] = /href="([^"]*download[^"]*)"/.exec(listing) ?? []
  const fetched = await fetch(new URL(path.replaceAll('&amp;', '&'), link))
  assert.equal(await fetched.text(), 'hello by link')
  await dialog.getByText('127.0.0.1 · Has it').waitFor()
  await takePictures(page, 'send-link')
  await checkAccessible(page)
  await dialog.getByRole('button', { name: 'End the link' }).click()
  await dialog.getByRole('button', { name: 'Make a link' }).waitFor()
  assert.equal((await fetch(link)).status, 404)
})
