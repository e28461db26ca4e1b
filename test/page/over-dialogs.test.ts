// While a dialog is open: notes can be pressed above it, and what is dropped goes into it or nowhere.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { checkAccessible, openBrowser, takePictures } from '../support/browser.ts'
import { serveDaemon } from '../support/daemon.ts'
import { makeHome } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

async function drop(page: Page, files: Readonly<Record<string, Uint8Array | string>>, onto: string): Promise<void> {
  const bytes = Object.entries(files).map(([name, text]) => [name, [...Buffer.from(text)]])
  const dropped = await page.evaluateHandle(`(() => {
    const dropped = new DataTransfer()
    for (const [name, bytes] of ${JSON.stringify(bytes)}) dropped.items.add(new File([new Uint8Array(bytes)], name))
    return dropped
  })()`)
  // Nobody drops on what is not seen yet.
  await page.locator(onto).first().waitFor()
  await page.dispatchEvent(onto, 'drop', { dataTransfer: dropped })
}

function dialogOf(page: Page, name: string): Locator {
  return page.getByRole('dialog', { name, exact: true })
}

function torrentFile(name: string): Uint8Array {
  return writeTorrent(
    bareMetainfo(makeTorrent([{ path: name, bytes: patternBytes(20_000, name.length) }], 16_384).info),
  )
}

test('a note above a dialog is pressed and closed, and what a dialog could not do stands in it', async (context) => {
  await using browser = await openBrowser(context, { expected: ['no answer'] })
  if (browser === undefined) return
  await using daemon = await serveDaemon({ 'download-dir': makeHome('downloads') })
  await daemon.call('torrent_add', { filename: `magnet:?xt=urn:btih:${'7'.repeat(40)}&dn=seven`, paused: true })
  const page = await browser.open(daemon)
  await page.getByRole('row', { name: /seven/ }).click({ button: 'right' })
  await page.route('**/transmission/rpc', (route) => route.abort())
  await page.getByRole('menuitem', { name: 'Limits…' }).click()
  const dialog = dialogOf(page, 'Limits of this torrent')
  const note = dialog.getByRole('status').getByText('Shoal cannot be reached')
  await note.waitFor()
  await takePictures(page, 'note-over-dialog')
  await checkAccessible(page)
  await dialog.locator('.toast').getByRole('button', { name: 'Close' }).click()
  await note.waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })

  await page.getByRole('row', { name: /seven/ }).click()
  await page.keyboard.press('Delete')
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('dialog').getByRole('alert').getByText('Shoal cannot be reached').waitFor()
  await page.unroute('**/transmission/rpc')
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText('1 torrent removed.').waitFor()
  assert.equal(await page.locator('.toasts').count(), 1, 'the one of the dialog is gone')
})

test('what is dropped beside a dialog for files goes into it, and into no other dialog', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon({ 'download-dir': makeHome('downloads'), 'direct-on': true, nearby: false })
  const page = await browser.open(daemon)
  await drop(page, { 'first.txt': 'first' }, '#content')
  const share = dialogOf(page, 'Share')
  await share.getByText('1 file, 5 B').waitFor()
  await drop(page, { 'second.txt': 'second' }, 'dialog header')
  await share.getByText('2 files, 11 B').waitFor()
  await share.getByRole('button', { name: 'Only to certain people…' }).click()
  const send = dialogOf(page, 'Send')
  await send.getByText('2 files, 11 B').waitFor()
  await drop(page, { 'third.txt': 'third' }, 'dialog header')
  await send.getByText('3 files, 16 B').waitFor()
  await page.keyboard.press('Escape')

  await daemon.call('torrent_add', { filename: `magnet:?xt=urn:btih:${'7'.repeat(40)}&dn=seven`, paused: true })
  await page.getByRole('row', { name: /seven/ }).click()
  await page.keyboard.press('Delete')
  await drop(page, { 'fourth.txt': 'fourth' }, 'dialog header')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

test('.torrent files that are dropped are downloads, one after the other', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon({ 'download-dir': makeHome('downloads') })
  const page = await browser.open(daemon)
  await page.getByRole('main').getByRole('button', { name: 'Download', exact: true }).click()
  await drop(page, { 'notes.txt': 'no torrent' }, 'dialog header')
  await page.getByRole('dialog').getByText('That is no link to a torrent').waitFor()
  await drop(page, { 'no.torrent': 'no torrent' }, 'dialog header')
  await page.getByRole('dialog').getByRole('alert').filter({ hasNotText: 'no link to a torrent' }).waitFor()
  await page.keyboard.press('Escape')
  await drop(page, { 'one.torrent': torrentFile('one'), 'three.TORRENT': torrentFile('three') }, '#content')
  await page.getByRole('dialog').getByText('1 more file after this one').waitFor()
  for (let n = 0; n < 2; n++)
    await page.getByRole('dialog').getByRole('button', { name: 'Download', exact: true }).click()
  await page.getByRole('row', { name: /top/ }).nth(1).waitFor()
})
