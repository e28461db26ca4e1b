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
  await takePictures(page, 'empty')
  await checkAccessible(page)
})
