// The log in a browser: what happens is told there, in whatever words strangers put into it.
import assert from 'node:assert/strict'
import test from 'node:test'
import { checkAccessible, fitsIn, NARROW, openBrowser, takePictures, WIDE } from '../support/browser.ts'
import { serveDaemon } from '../support/daemon.ts'

/** A script, a direction mark that would turn the rest around, and more bytes than a file's name can have. */
const HOSTILE = ['<img src=x onerror=alert(1)>', '\u202egnp.exe', 'é'.repeat(120)]

test('the log tells what happens, whatever its names are, and leads to the torrent', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  await page.getByRole('link', { name: 'Log' }).click()
  const list = page.getByRole('list', { name: 'What happened, the newest first' })
  await list.getByText(/^Shoal .+ runs; peers connect at port/).waitFor()
  const hashes = HOSTILE.map((_, n) => String(n + 1).repeat(40))
  for (const [n, name] of HOSTILE.entries()) {
    await daemon.call('torrent_add', {
      filename: `magnet:?xt=urn:btih:${hashes[n]}&dn=${encodeURIComponent(name)}`,
      paused: true,
    })
  }
  await list.getByText('Added "<img src=x onerror=alert(1)>"').waitFor()
  await list.getByText('Added "gnp.exe"').waitFor()
  await list.getByText('é'.repeat(120)).waitFor()
  daemon.daemon.journal.add('error', 'torrent', `"${HOSTILE[0]}" failed: the disk is full`, hashes[0])
  daemon.daemon.journal.add('warning', 'people', 'more happens than is told here')
  await list.getByRole('listitem').first().getByText('More happens than is told here').waitFor()
  assert.equal(
    await list.getByRole('listitem').last().getAttribute('aria-setsize'),
    String(daemon.daemon.journal.since(0).length),
  )
  await takePictures(page, 'log')
  await checkAccessible(page)
  await page.setViewportSize(NARROW)
  await fitsIn(page)
  await page.setViewportSize(WIDE)

  await page.getByLabel('How bad').selectOption('error')
  await list.getByRole('listitem').nth(1).waitFor({ state: 'detached' })
  assert.match((await list.getByRole('listitem').textContent()) ?? '', /failed: the disk is full/)
  await page.getByLabel('How bad').selectOption('all')
  await page.getByRole('searchbox', { name: 'Filter by words' }).fill('zzz')
  await page.getByText('No line matches').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Copy all' }).isDisabled())
  await page.getByRole('searchbox', { name: 'Filter by words' }).fill('img full')

  // The whole line in a dialog, by keyboard.
  await list.getByRole('button').focus()
  await page.keyboard.press('Enter')
  const entry = page.getByRole('dialog', { name: 'Entry of the log' })
  await entry.getByText('"<img src=x onerror=alert(1)>" failed: the disk is full').waitFor()
  await checkAccessible(page)
  await page.keyboard.press('Escape')
  await entry.waitFor({ state: 'detached' })

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy all' }).click()
  await page.getByText('Copied.').waitFor()
  const copied = await page.evaluate<string>('navigator.clipboard.readText()')
  assert.match(copied, /^\d{4}-\d\d-\d\dT[\d:.]+Z error "<img src=x onerror=alert\(1\)>" failed: the disk is full$/)

  await list.getByRole('link', { name: 'Show the torrent' }).click()
  await page.waitForURL(`**/#torrents/${hashes[0]}`)
})

test('a long log has few lines in the page, and who reads further down is not moved', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  for (let n = 0; n < 600; n++) daemon.daemon.journal.add('info', 'torrent', `line number ${n}`)
  const page = await browser.open(daemon)
  await page.getByRole('link', { name: 'Log' }).click()
  const list = page.getByRole('list', { name: 'What happened, the newest first' })
  await list.getByText('Line number 599').waitFor()
  assert.ok((await list.getByRole('listitem').count()) < 60)
  await list.evaluate((element) => {
    element.scrollTop = 3_000
  })
  const seen = list.getByText('Line number 525')
  await seen.waitFor()
  const before = (await seen.boundingBox())?.y
  daemon.daemon.journal.add('info', 'torrent', 'one more')
  await page.getByRole('status').getByText('One more').waitFor({ state: 'attached' })
  assert.equal((await seen.boundingBox())?.y, before)
  await list.press('Home')
  await list.getByText('One more').waitFor()
})
