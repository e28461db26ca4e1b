// Signing in and out, from one browser and another, and a daemon that ends and comes back.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { checkAccessible, openBrowser, takePictures } from '../support/browser.ts'
import { type ServedDaemon, serveDaemon } from '../support/daemon.ts'
import { newLink } from '../support/page.ts'
import { makeHome } from '../support/program.ts'

const SIGN_IN = { level: 1, name: 'Sign in to Shoal' } as const

function browsersOf(daemon: ServedDaemon): number {
  return daemon.daemon.pageSessions.all.length
}

/** The page of the same browser in another tab. */
async function inAnotherTab(page: Page, url: string): Promise<Page> {
  const other = await page.context().newPage()
  await other.goto(url)
  return other
}

test('a link signs in once: the second who uses it is told so', async (context) => {
  await using browser = await openBrowser(context, { expected: [401] })
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const link = await newLink(daemon)
  const first = await browser.newPage(daemon)
  await first.goto(link)
  await first.locator('#content').waitFor()
  assert.equal(new URL(first.url()).hash, '')
  const second = await browser.newPage(daemon)
  await second.goto(link)
  await second.getByText(/This link was used already/).waitFor()
  await second.getByRole('heading', SIGN_IN).waitFor()
  await takePictures(second, 'sign-in')
  await checkAccessible(second)
  assert.equal(browsersOf(daemon), 1)
})

test('a link that is pasted into the tab of the page signs in there', async (context) => {
  await using browser = await openBrowser(context, { expected: [401] })
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.newPage(daemon)
  await page.goto(new URL('/', daemon.url).href)
  await page.getByRole('heading', SIGN_IN).waitFor()
  await page.goto(new URL('#enter=AAAA', page.url()).href)
  await page.getByText(/This link was used already/).waitFor()
  await page.goto(await newLink(daemon))
  await page.locator('#content').waitFor()
  assert.equal(new URL(page.url()).hash, '')
})

test('the password signs in, a wrong one is refused, and signing out ends it for every tab', async (context) => {
  await using browser = await openBrowser(context, { expected: [401] })
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.newPage(daemon)
  await page.goto(new URL('/', daemon.url).href)
  const button = page.getByRole('button', { name: 'Sign in' })
  const field = page.getByLabel('Or the password')
  await field.fill('open sesame')
  await field.press('Enter')
  await page.getByText('That is not the password.').waitFor()
  assert.equal(await field.getAttribute('aria-invalid'), 'true')
  assert.equal(browsersOf(daemon), 0)
  await field.fill(daemon.token)
  await button.click()
  await page.getByText('Nothing here yet').waitFor()
  assert.equal(browsersOf(daemon), 1)

  const other = await inAnotherTab(page, page.url())
  await other.getByText('Nothing here yet').waitFor()
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  for (const tab of [page, other]) await tab.getByRole('heading', SIGN_IN).waitFor()
  assert.equal(browsersOf(daemon), 0)
})

test('a refusal of what was asked before signing in does not sign out again', async (context) => {
  await using browser = await openBrowser(context, { expected: [401] })
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  const refused = Promise.withResolvers<void>()
  await page.route('**/transmission/rpc', async (route) => {
    await refused.promise
    await route.fulfill({ status: 401, body: 'Who is that?' })
  })
  await page.getByRole('button', { name: 'Turn the alternative limits on' }).click()
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByLabel('Or the password').fill(daemon.token)
  await page.keyboard.press('Enter')
  await page.getByText('Nothing here yet').waitFor()
  refused.resolve()
  await page.getByText('Who is that?').waitFor()
  assert.equal(await page.getByRole('heading', SIGN_IN).count(), 0)
  assert.equal(await page.getByText('Nothing here yet').count(), 1)
})

test('who is signed in is listed, and one browser signs out the others, and itself', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  await page.goto(new URL('#settings/browsers', page.url()).href)
  const list = page.getByRole('list', { name: 'Browsers that are signed in' })
  await list.getByRole('listitem').first().getByText('This one').waitFor()
  const sign = new RegExp(`^Sign out Chrome on .+127.0.0.1$`)
  assert.equal(await list.getByRole('button', { name: sign }).count(), 1)

  // Others appear by themselves.
  const [second, third] = [await browser.open(daemon), await browser.open(daemon)]
  await list.getByRole('listitem').nth(2).waitFor()
  assert.equal(await list.getByText('This one').count(), 1)
  await second.goto(new URL('#settings/browsers', page.url()).href)
  await second.getByText('This one').waitFor()
  await takePictures(page, 'browsers')
  await checkAccessible(page)
  await page.getByRole('button', { name: 'Sign out all others' }).click()
  await page.getByText('2 browsers signed out.').waitFor()
  for (const other of [second, third]) await other.getByRole('heading', SIGN_IN).waitFor()
  await list.getByRole('listitem').nth(1).waitFor({ state: 'detached' })
  assert.equal(browsersOf(daemon), 1)
  assert.equal(await second.locator('.toast.bad').count(), 0)
  assert.match(daemon.daemon.journal.since(0).at(-1)?.text ?? '', /^Chrome on .+ at 127\.0\.0\.1 is signed out\.$/)

  await list.getByRole('button', { name: sign }).click()
  await page.getByRole('heading', SIGN_IN).waitFor()
  assert.equal(browsersOf(daemon), 0)
})

test('a daemon that ended is missed, and its page goes on by itself when it is back', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const stateDir = makeHome('state')
  const settings = { 'download-dir': makeHome('downloads') }
  const first = await serveDaemon(settings, { stateDir })
  const page = await browser.open(first)
  await page.getByText('Nothing here yet').waitFor()
  const { port } = new URL(first.url)
  await first[Symbol.asyncDispose]()
  const lost = page.getByRole('alert').getByText('No connection to Shoal. Trying again…')
  await lost.waitFor()
  await takePictures(page, 'lost')
  await checkAccessible(page)

  await using again = await serveDaemon({ ...settings, 'rpc-listen': `127.0.0.1:${port}` }, { stateDir })
  await lost.waitFor({ state: 'detached' })
  await again.call('torrent_add', { filename: `magnet:?xt=urn:btih:${'7'.repeat(40)}&dn=back%20again`, paused: true })
  await page.getByText('back again').waitFor()
  await page.getByRole('link', { name: 'Log' }).click()
  await page.getByRole('button', { name: 'Added "back again"' }).waitFor()
})

test('the colours that were chosen stay after the page is loaded anew', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  const scheme = (): Promise<string> => page.evaluate('getComputedStyle(document.documentElement).colorScheme')
  const choose = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name }).click()
  }
  assert.equal(await scheme(), 'light dark')
  await choose('Colours: Dark')
  assert.equal(await scheme(), 'dark')
  await page.reload()
  await page.locator('#content').waitFor()
  assert.equal(await scheme(), 'dark')
  await choose('Colours: As the system')
  assert.equal(await scheme(), 'light dark')
})

test('with the keyboard alone: past the places to the content, and each place in turn', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  await page.getByText('Nothing here yet').waitFor()
  const atKeyboard = (): Promise<string> =>
    page.evaluate('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim()')
  await page.keyboard.press('Tab')
  assert.equal(await atKeyboard(), 'Skip to the content')
  assert.ok(await page.getByRole('link', { name: 'Skip to the content' }).isVisible())
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate('document.activeElement.id'), 'content')
  assert.equal(new URL(page.url()).hash, '')

  await page.getByRole('link', { name: 'Torrents' }).focus()
  const seen: string[] = []
  for (let n = 0; n < 4; n++) {
    seen.push(await atKeyboard())
    await page.keyboard.press('Tab')
  }
  assert.deepEqual(seen, ['Torrents', 'People', 'Log', 'Settings'])
  await page.getByRole('link', { name: 'Settings' }).press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Status' }).waitFor()
})
