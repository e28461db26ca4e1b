// Settings and status in a browser, as people use them, and what the daemon has afterwards.
import assert from 'node:assert/strict'
import { mkdirSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { checkAccessible, fitsIn, NARROW, openBrowser, pressAll, takePictures, WIDE } from '../support/browser.ts'
import { type ServedDaemon, serveDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'

const SAVED = 'Saved'

async function goTo(page: Page, section: string, title: string): Promise<void> {
  await page.goto(new URL(`#settings/${section}`, page.url()).href)
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
}

async function configOf(daemon: ServedDaemon, name: string): Promise<unknown> {
  const { settings } = (await daemon.call('shoal_config_get')) as {
    settings: readonly { readonly name: string; readonly value: unknown }[]
  }
  return settings.find((row) => row.name === name)?.value
}

/** The note beside the name of a setting. */
function savedAt(page: Page, label: string): Locator {
  const named = page.locator('.setting', { has: page.locator('.label').getByText(label, { exact: true }) })
  return named.getByText(SAVED, { exact: true })
}

test('settings are saved when their field is left, and the daemon judges them', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)

  await goTo(page, 'network', 'Network')
  const most = page.getByLabel('Connections in all')
  await most.fill('321')
  await most.press('Enter')
  await page.getByText(SAVED, { exact: true }).waitFor()
  assert.equal(await configOf(daemon, 'max-peers'), 321)

  // Wrong: the sentence, what was typed, and a way back.
  await most.fill('none')
  await most.blur()
  await page.getByRole('alert').getByText('"max-peers" expects a whole number from 1 to 65535, got "none"').waitFor()
  assert.equal(await most.inputValue(), 'none')
  assert.equal(await most.getAttribute('aria-invalid'), 'true')
  await checkAccessible(page)
  await page.getByRole('button', { name: 'Undo Connections in all' }).click()
  assert.equal(await most.inputValue(), '321')
  assert.equal(await page.getByRole('alert').count(), 0)
  assert.equal(await configOf(daemon, 'max-peers'), 321)

  await most.fill('5')
  await most.press('Escape')
  assert.equal(await most.inputValue(), '321')

  const listen = page.getByLabel('Addresses for peers')
  await listen.fill('127.0.0.1:7001\n\n127.0.0.1:7002')
  await listen.blur()
  await page.getByText('Saved').waitFor()
  assert.deepEqual(await configOf(daemon, 'listen'), ['127.0.0.1:7001', '127.0.0.1:7002'])

  await goTo(page, 'speed', 'Speed')
  const limit = page.getByRole('switch', { name: 'Limit sending' })
  assert.equal(await limit.isChecked(), false)
  await limit.press('Space')
  await page.getByText(SAVED, { exact: true }).waitFor()
  const amount = page.getByLabel('Limit sending (kB/s)')
  await amount.fill('64')
  await amount.press('Tab')
  await savedAt(page, 'Limit sending').waitFor()
  await page.reload()
  await limit.waitFor()
  assert.equal(await limit.isChecked(), true)
  assert.equal(await amount.inputValue(), '64')
  assert.deepEqual([await configOf(daemon, 'up-limit'), await configOf(daemon, 'up-limit-on')], [64, true])

  // From the command line, while the page is open; what is being typed stays.
  await page.getByLabel('Limit receiving (kB/s)').fill('12')
  await daemon.call('shoal_config_set', { name: 'up-limit', value: '77' })
  await until('the page to show it', async () => (await amount.inputValue()) === '77')
  assert.equal(await page.getByLabel('Limit receiving (kB/s)').inputValue(), '12')
})

test('a secret is set and removed, and never shown', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  await goTo(page, 'people', 'People')
  const pin = page.getByLabel('PIN', { exact: true })
  await pin.fill('8613')
  await pin.press('Enter')
  await page.getByRole('button', { name: 'Remove PIN' }).waitFor()
  assert.equal(await pin.inputValue(), '')
  assert.equal(await pin.getAttribute('type'), 'password')
  assert.equal(daemon.daemon.settings.pin, '8613')
  assert.ok(!(await page.content()).includes('8613'))
  // Leaving the field saves nothing: nobody could see a slip.
  await pin.fill('99')
  await pin.blur()
  assert.equal(daemon.daemon.settings.pin, '8613')
  await pin.fill('')
  await page.getByRole('button', { name: 'Remove PIN' }).click()
  await page.getByRole('button', { name: 'Save PIN' }).waitFor()
  assert.equal(daemon.daemon.settings.pin, '')

  await page.getByLabel('Accept without a question').selectOption('everybody')
  await savedAt(page, 'Accept without a question').waitFor()
  assert.equal(daemon.daemon.settings.accept, 'everybody')
  await takePictures(page, 'settings-people')
})

test('folders are chosen, and spaces in their names are kept', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  const home = realpathSync(makeHome('folders'))
  const [films, books] = [join(home, 'My films'), join(home, 'books')]
  for (const folder of [films, books]) mkdirSync(folder)
  const roots = { 'page-roots': [home], 'download-roots': [films, books] }
  await using daemon = await serveDaemon({ ...roots, 'download-dir': books })
  const page = await browser.open(daemon)
  await goTo(page, 'downloads', 'Downloads')
  await page.getByRole('button', { name: 'Choose… Downloads go to' }).click()
  const dialog = page.getByRole('dialog', { name: 'Downloads go to' })
  await dialog.getByText('No folders in here').waitFor()
  await checkAccessible(page)
  assert.ok(
    await dialog.getByRole('button', { name: 'Choose this folder' }).isEnabled(),
    'it is shown: it can be chosen',
  )
  await dialog.getByText(books, { exact: true }).waitFor()
  await dialog.getByRole('button', { name: basename(home) }).click()
  await dialog.getByRole('option', { name: 'My films' }).click()
  await dialog.getByText(films, { exact: true }).waitFor()
  await takePictures(page, 'settings-folder')
  await dialog.getByRole('button', { name: 'Choose this folder' }).click()
  await dialog.waitFor({ state: 'detached' })
  await savedAt(page, 'Downloads go to').waitFor()
  assert.equal(daemon.daemon.settings['download-dir'], films)
  await page.getByRole('button', { name: 'Choose… Downloads go to' }).click()
  await dialog.getByText(films, { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.equal(daemon.daemon.settings['download-dir'], films)

  const watch = page.getByLabel('Watch a folder')
  await watch.fill(films)
  await watch.press('Enter')
  await savedAt(page, 'Watch a folder').waitFor()
  assert.equal(daemon.daemon.settings['watch-dir'], films)
  const bounds = page.getByLabel('Only below these folders')
  assert.deepEqual([await bounds.inputValue(), await bounds.isEditable()], [`${films}\n${books}`, false])
  await page.getByText('Changed only on the machine where Shoal runs: shoal config download-roots …').waitFor()

  // Elsewhere files may not go.
  await watch.fill('/etc')
  await watch.press('Enter')
  await page
    .getByRole('alert')
    .getByText(/"\/etc" is not below/)
    .waitFor()
  await page.getByRole('button', { name: 'Undo Watch a folder' }).click()
  await takePictures(page, 'settings-downloads')
  await page.setViewportSize(NARROW)
  await fitsIn(page)
})

test('slow mode: its limits, its times and days, and that it is on now', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  await goTo(page, 'schedule', 'Slow mode')

  await page.getByRole('switch', { name: 'Slow mode is on now' }).check()
  await page.getByRole('button', { name: 'Turn the alternative limits off' }).waitFor()
  assert.equal(daemon.daemon.settings['alt-on'], true)

  await page.getByLabel('Until').fill('06:30')
  await page.getByLabel('Until').blur()
  await page.getByText('on the next day').waitFor()
  await savedAt(page, 'Until').waitFor()
  assert.equal(daemon.daemon.settings['alt-end'], 6 * 60 + 30)

  await page.getByRole('button', { name: 'Saturday' }).click()
  await page.getByRole('button', { name: 'Sunday' }).click()
  await page.getByRole('button', { name: 'Sunday', pressed: false }).waitFor()
  await savedAt(page, 'On these days').waitFor()
  // Each day is saved by itself.
  await until('both days are left out', () => daemon.daemon.settings['alt-days'] === 127 - 64 - 1)
  await takePictures(page, 'settings-slow')
  await checkAccessible(page)
  await page.setViewportSize(NARROW)
  await fitsIn(page)
})

test('trackers are added and removed, and a wrong one is refused', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon({ trackers: ['udp://tracker.example:6969/announce'] })
  const page = await browser.open(daemon)
  await goTo(page, 'sharing', 'Sharing')
  await page.getByText('Only for peers: UDP has no catalogue').waitFor()
  const url = page.getByLabel('URL of a tracker')
  await url.fill('ftp://nowhere.example/')
  await url.press('Enter')
  await page
    .getByRole('alert')
    .getByText(/"trackers" expects a list, each the announce URL/)
    .waitFor()
  assert.equal(daemon.daemon.settings.trackers.length, 1)
  await url.fill('https://tracker.example/announce')
  await page.getByRole('button', { name: 'Add' }).click()
  await page.getByText('Searched by name, too').waitFor()
  assert.equal(await page.getByRole('alert').count(), 0)
  assert.equal(await url.inputValue(), '')
  await takePictures(page, 'settings-trackers')
  await checkAccessible(page)
  await page.getByRole('button', { name: 'Remove udp://tracker.example:6969/announce' }).click()
  await page.getByText('udp://').waitFor({ state: 'detached' })
  assert.deepEqual(daemon.daemon.settings.trackers, ['https://tracker.example/announce'])

  // Faster than the daemon answers: none of them comes back.
  await url.fill('https://second.example/announce')
  await url.press('Enter')
  await page.getByRole('button', { name: 'Remove https://second.example' }).waitFor()
  await page.getByRole('button', { name: 'Remove https://' }).evaluateAll(pressAll)
  await page.getByText('None yet: what you share').waitFor()
  await until('all are removed', () => daemon.daemon.settings.trackers.length === 0)
})

test('every section fits on a phone, is chosen there from a list, and satisfies axe', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon, NARROW)
  await page.getByRole('link', { name: 'Settings' }).click()
  const list = page.getByRole('combobox', { name: 'Settings' })
  for (const title of [
    'Downloads',
    'Sharing',
    'Speed',
    'Slow mode',
    'Queue',
    'Seeding',
    'People',
    'Network',
    'This page',
  ]) {
    await list.selectOption({ label: title })
    await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
    await page.locator('.setting').first().waitFor()
    await fitsIn(page)
  }
  await checkAccessible(page)
  await page.setViewportSize(WIDE)
  await page.getByRole('link', { name: 'Queue' }).click()
  await page.getByRole('switch', { name: 'Limit downloads at once' }).waitFor()
  await takePictures(page, 'settings-queue')
  await checkAccessible(page)
})

test('the status says whether others reach it, what it has done, and how people are switched on', async (context) => {
  await using browser = await openBrowser(context)
  if (browser === undefined) return
  await using daemon = await serveDaemon()
  const page = await browser.open(daemon)
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('heading', { level: 1, name: 'Status' }).waitFor()
  await page.getByText('Only programs of this machine can connect').waitFor()
  await page.getByText('Not yet known').waitFor()
  const { stateDir, version, listening } = (await daemon.call('shoal_status')) as {
    stateDir: string
    version: string
    listening: readonly string[]
  }
  for (const fact of [stateDir, version, listening.join(', ')]) await page.getByText(fact, { exact: true }).waitFor()
  await page.getByRole('row', { name: 'Starts 1 1' }).waitFor()
  await page.getByText('Speed in the last five minutes').waitFor()
  await page.locator('.plot-room canvas').waitFor()
  await takePictures(page, 'status')
  await checkAccessible(page)
  await page.setViewportSize(NARROW)
  await fitsIn(page)
  await page.getByRole('link', { name: 'Switch it on under “People”' }).click()
  await page.getByRole('switch', { name: 'Exchange files with people' }).waitFor()
})
