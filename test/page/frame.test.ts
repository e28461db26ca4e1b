// The page as a whole: it comes up signed in, finds its way, and says nothing bad of itself.
import test from 'node:test'
import { checkAccessible, openBrowser, takePictures } from '../support/browser.ts'
import { serveDaemon } from '../support/daemon.ts'
import { makeHome } from '../support/program.ts'

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
  await using browser = await openBrowser(context)
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
