// The page as a whole: it comes up signed in, finds its way, and says nothing bad of itself.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { checkAccessible, openBrowser, takePictures } from '../support/browser.ts'
import { serveDaemon } from '../support/daemon.ts'
import { makeHome } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

test('an empty list says how to begin, in every size and colour', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon({ 'download-dir': makeHome('downloads') })
  const page = await browser.open(daemon)
  await page.getByText('Nothing here yet').waitFor()
  await page.locator('a[aria-current=page]', { hasText: 'Torrents' }).waitFor()
  await takePictures(page, 'empty')
  await checkAccessible(page)
})

test('a page that stayed open over an update says so, and loads itself anew', async (context) => {
  await using browser = await openBrowser(context, { expected: [404] })
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  await page.route('**/assets/log-page-*.js', (route) => route.fulfill({ status: 404, body: 'gone' }))
  await page.getByRole('link', { name: 'Log' }).click()
  const button = page.getByRole('button', { name: 'Load it anew' })
  await button.waitFor()
  await page.unroute('**/assets/log-page-*.js')
  await button.click()
  await page.getByRole('region', { name: 'Log' }).waitFor()
})

test('a dialog whose part does not come is not open, and what to do is told', async (context) => {
  await using browser = await openBrowser(context, { expected: ['no answer'] })
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  const part = '**/assets/share-dialog-*.js'
  const answer = '**/page/me'
  for (const there of [part, answer]) await page.route(there, (route) => route.abort('connectionrefused'))
  const share = page.getByRole('banner').getByRole('button', { name: 'Share' })
  await share.click()
  const problem = page.getByText('Shoal cannot be reached: is it still running?')
  await problem.waitFor()
  assert.equal(await page.getByText('Shoal was updated').count(), 0)
  await page.unroute(answer)
  await share.click()
  await page.getByText('A part of the page did not come').waitFor()
  await page.unroute(part) // some browsers, older Chromium among them, do not ask for a part again without a new page
  await page.getByRole('button', { name: 'Load it anew' }).click()
  await share.click()
  await page.getByRole('dialog').waitFor()
})

/** As when the tab is put behind another, and fetched again. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))`)
}

test('a page that nobody looks at for five minutes gives its connection back until it is seen', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  await page.getByText('Nothing here yet').waitFor()
  await page.clock.install()
  await page.evaluate(`
    globalThis.ends = 0
    const { close } = EventSource.prototype
    EventSource.prototype.close = function () { ends++; return close.call(this) }`)
  await setHidden(page, true)
  await page.clock.fastForward(4 * 60_000)
  await setHidden(page, false)
  await setHidden(page, true)
  await page.clock.fastForward(4 * 60_000)
  assert.equal(await page.evaluate('ends'), 0)
  await page.clock.fastForward(60_000)
  assert.equal(await page.evaluate('ends'), 1)
  const { info } = makeTorrent([{ path: 'meanwhile.bin', bytes: patternBytes(10, 1) }], 16_384)
  const metainfo = Buffer.from(writeTorrent(bareMetainfo(info))).toString('base64')
  await daemon.call('torrent_add', { metainfo, paused: true })
  await setHidden(page, false)
  await page.getByRole('row', { name: /meanwhile|top/ }).waitFor()
})
