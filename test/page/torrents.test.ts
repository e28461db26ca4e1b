// The list of torrents as users work with it: sort, filter, labels, choose many by pointer and keyboard, menu, remove.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { checkAccessible, NARROW, openBrowser, takePictures } from '../support/browser.ts'
import { type ServedDaemon, serveDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const SCRIPT = '<img src=x onerror=alert(1)>'
const REVERSED = 'report\u202Efdp.exe'
const LONG = 'a very long name '.repeat(14)
const PIECE = 16_384

/** In the page: so slowly that of the rows most stay from step to step. */
const UP_AND_DOWN = `(async () => {
  const list = document.querySelector('.torrent-grid .window-list')
  for (let turn = 0; turn < 10; turn++) {
    for (let top = 0; top < list.scrollHeight; top += 240) {
      list.scrollTop = turn % 2 === 0 ? top : list.scrollHeight - top
      await new Promise(requestAnimationFrame)
    }
  }
})()`

interface Added {
  readonly name: string
  readonly pieces?: number
  readonly labels?: readonly string[]
}

/** Of one file of zeros whose hash nobody looks at: these torrents are stopped. */
function metainfoOf({ name, pieces = 1 }: Added): string {
  const bytes = Buffer.from(name)
  const head = Buffer.from(`d4:infod6:lengthi${pieces * PIECE}e4:name${bytes.length}:`)
  const rest = Buffer.from(`12:piece lengthi${PIECE}e6:pieces${pieces * 20}:${'x'.repeat(pieces * 20)}ee`)
  return Buffer.concat([head, bytes, rest]).toString('base64')
}

interface List extends AsyncDisposable {
  readonly daemon: ServedDaemon
  readonly page: Page
  readonly rows: Locator
  readonly row: (name: string) => Locator
  /** As they stand, from the top. */
  names(): Promise<string[]>
}

async function openList(
  context: TestContext,
  torrents: readonly Added[],
  settings: object = {},
): Promise<List | undefined> {
  await using stack = new AsyncDisposableStack()
  const opened = await openBrowser(context)
  if (opened === undefined) return undefined
  const browser = stack.use(opened)
  const daemon = stack.use(await serveDaemon(settings))
  for (const one of torrents) {
    await daemon.call('torrent_add', { metainfo: metainfoOf(one), paused: true, labels: one.labels ?? [] })
  }
  const page = await browser.open(daemon)
  const rows = page
    .getByRole('grid', { name: 'List of torrents' })
    .getByRole('row')
    .filter({ has: page.locator('bdi') })
  await rows.first().waitFor()
  const all = stack.move()
  return {
    daemon,
    page,
    rows,
    row: (name) => {
      const itsName = page.locator('.two-lines > bdi').and(page.getByText(name, { exact: true }))
      return rows.filter({ has: itsName })
    },
    names: async () => {
      const inPage = await rows.evaluateAll((elements) =>
        elements.map((element) => ({
          top: element.getBoundingClientRect().top,
          name: element.querySelector('bdi')?.textContent ?? '',
        })),
      )
      return inPage.sort((a, b) => a.top - b.top).map(({ name }) => name)
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

async function chosenIn({ page }: List): Promise<string[]> {
  const names = await page.locator('[role="row"][aria-selected="true"] .two-lines > bdi').allTextContents()
  return names.sort((a, b) => a.localeCompare(b))
}

const FEW: readonly Added[] = [
  { name: 'delta', pieces: 4, labels: ['film'] },
  { name: 'alpha', pieces: 2 },
  { name: 'charlie', pieces: 3, labels: ['film', 'new'] },
  { name: 'Bravo', pieces: 1 },
]

test('columns sort by a press and turn around by another, and what was chosen is remembered', async (context) => {
  const list = await openList(context, FEW)
  if (list === undefined) return
  await using it = list
  const { page } = it
  await page.getByRole('button', { name: 'Name', exact: true }).click()
  await until('by name', async () => (await it.names()).join() === 'alpha,Bravo,charlie,delta')
  await page.getByRole('button', { name: 'Size', exact: true }).click()
  await until('the largest first', async () => (await it.names()).join() === 'delta,charlie,alpha,Bravo')
  await page.getByRole('button', { name: 'Size', exact: false }).click()
  await until('the smallest first', async () => (await it.names()).join() === 'Bravo,alpha,charlie,delta')
  assert.equal(await page.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort'), 'ascending')
  await page.reload()
  await until('as before', async () => (await it.names()).join() === 'Bravo,alpha,charlie,delta')
})

test('words, labels and groups filter; a filter that nothing passes says so', async (context) => {
  const list = await openList(context, FEW)
  if (list === undefined) return
  await using it = list
  const { page } = it
  await page.getByRole('button', { name: 'film 2' }).click()
  await until('two films', async () => (await it.names()).sort().join() === 'charlie,delta')
  await page.getByRole('searchbox', { name: 'Filter by name' }).fill('CHAR')
  await until('one', async () => (await it.names()).join() === 'charlie')
  await page.getByRole('searchbox', { name: 'Filter by name' }).fill('nothing like it')
  await page.getByRole('heading', { name: 'No torrent matches' }).waitFor()
  await page.getByRole('searchbox', { name: 'Filter by name' }).fill('')
  await page.getByRole('button', { name: 'film 2' }).click()
  await page.getByRole('button', { name: 'Seeding', exact: true }).click()
  await page.getByRole('heading', { name: 'No torrent matches' }).waitFor()
  await page.getByRole('button', { name: 'Stopped', exact: true }).click()
  await until('all are stopped', async () => (await it.names()).length === 4)
})

test('many are chosen with Ctrl and Shift, by pointer and by keyboard, and get labels at once', async (context) => {
  const list = await openList(context, FEW)
  if (list === undefined) return
  await using it = list
  const { page, row } = it
  await page.getByRole('button', { name: 'Name', exact: true }).click()
  await row('alpha').click()
  await row('charlie').click({ modifiers: ['Shift'] })
  assert.deepEqual(await chosenIn(it), ['alpha', 'Bravo', 'charlie'])
  await row('Bravo').click({ modifiers: ['Control'] })
  assert.deepEqual(await chosenIn(it), ['alpha', 'charlie'])
  await page.getByText('2 selected').waitFor()

  await page.keyboard.press('Home')
  await page.keyboard.press('Shift+ArrowDown')
  assert.deepEqual(await chosenIn(it), ['alpha', 'Bravo'])
  await page.keyboard.press('Control+a')
  await page.getByText('4 selected').waitFor()
  await takePictures(page, 'torrents-chosen')
  await checkAccessible(page)
  await page.getByRole('toolbar').getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Labels…' }).click()
  await page.getByRole('textbox', { name: 'Give all of them these labels' }).fill('one, two, one')
  await page.getByLabel('new 1').check()
  await takePictures(page, 'torrents-labels')
  await checkAccessible(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Select none' }).click()
  await page.getByRole('button', { name: 'two 4' }).waitFor()
  const { torrents } = await it.daemon.call('torrent_get', { fields: ['labels'] })
  assert.deepEqual(
    new Set((torrents as { labels: string[] }[]).map(({ labels }) => labels.join())),
    new Set(['one,two', 'film,one,two']),
  )
})

test('the menu of a row starts and stops it; Enter opens its details, Space starts it', async (context) => {
  const list = await openList(context, FEW)
  if (list === undefined) return
  await using it = list
  const { page, row } = it
  // A hand holds the button for a while, and the menu is still there when it lets go.
  await row('delta').hover()
  await page.mouse.down({ button: 'right' })
  await row('delta').and(page.locator('[aria-selected=true]')).waitFor()
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
  await page.mouse.up({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Start', exact: true }).click()
  await row('delta').getByText('Downloading').waitFor()
  await row('delta').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Stop' }).press('Enter')
  await row('delta').getByText('Stopped').waitFor()
  await row('alpha').click()
  await page.keyboard.press(' ')
  await row('alpha').getByText('Downloading').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Details' }).getByRole('heading', { name: 'alpha' }).waitFor()
  await page.getByRole('tab', { name: 'Peers' }).click()
  await row('delta').click()
  await page.getByRole('region', { name: 'Details' }).getByRole('heading', { name: 'delta' }).waitFor()
  assert.equal(await page.getByRole('tab', { name: 'Peers' }).getAttribute('aria-selected'), 'true', 'the tab stays')
})

test('a torrent is removed after a question, and its files only if that is said', async (context) => {
  const dir = makeHome('downloads')
  const bytes = patternBytes(3 * PIECE, 1)
  const { info } = makeTorrent([{ path: 'data', bytes }], PIECE)
  mkdirSync(join(dir, 'top'), { recursive: true })
  writeFileSync(join(dir, 'top/data'), bytes)
  writeFileSync(join(dir, 'alpha'), 'x')
  const list = await openList(context, FEW, { 'download-dir': dir })
  if (list === undefined) return
  await using it = list
  const { page, row } = it
  const metainfo = Buffer.from(writeTorrent(bareMetainfo(info))).toString('base64')
  await it.daemon.call('torrent_add', { metainfo })
  await row('top').getByText('Seeding').waitFor()
  await row('alpha').click()
  await page.keyboard.press('Delete')
  await page.getByRole('heading', { name: 'Remove this torrent?' }).waitFor()
  await page.keyboard.press('Escape')
  await row('alpha').click()
  await page.keyboard.press('Delete')
  await page.getByText('The files stay where they are.').waitFor()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText('1 torrent removed.').waitFor()
  await row('alpha').waitFor({ state: 'detached' })
  assert.ok(existsSync(join(dir, 'alpha')))
  await row('top').click()
  await row('charlie').click({ modifiers: ['Control'] })
  await page.keyboard.press('Delete')
  await page.getByRole('heading', { name: 'Remove 2 torrents?' }).waitFor()
  await page.getByLabel('Also delete the files').check()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await until('two are left', async () => (await it.names()).toSorted().join() === 'Bravo,delta')
  assert.equal(existsSync(join(dir, 'top')), false)
})

test('hostile names and labels are only text, and nothing is wider than the window', async (context) => {
  const list = await openList(context, [
    { name: SCRIPT, labels: [SCRIPT, REVERSED] },
    { name: REVERSED },
    { name: LONG, labels: [LONG] },
  ])
  if (list === undefined) return
  await using it = list
  const { page, row } = it
  await row(SCRIPT).waitFor()
  await row('reportfdp.exe').waitFor()
  assert.equal(await row(SCRIPT).locator('.label').last().textContent(), 'reportfdp.exe', 'read from left to right')
  assert.equal(await page.locator('img[src="x"]').count(), 0)
  await row(SCRIPT).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Remove…' }).click()
  await page.getByRole('dialog').getByText(SCRIPT).waitFor()
  await page.keyboard.press('Escape')
  const isTooWide = (): Promise<boolean> => page.evaluate('document.documentElement.scrollWidth > innerWidth')
  assert.equal(await isTooWide(), false)
  await takePictures(page, 'torrents-hostile')
  await page.setViewportSize(NARROW)
  assert.equal(await isTooWide(), false)
  await checkAccessible(page)
})

test('what can be done with several that are chosen follows what they do', async (context) => {
  const list = await openList(context, FEW)
  if (list === undefined) return
  await using it = list
  const { page, row } = it
  await row('alpha').click()
  await row('delta').click({ modifiers: ['Control'] })
  const bar = page.getByRole('toolbar')
  await bar.getByRole('button', { name: 'Start', exact: true }).click()
  await bar.getByRole('button', { name: 'Stop', exact: true }).click()
  await row('alpha').getByText('Stopped').waitFor()
  await page.locator('[role="toolbar"] button:disabled', { hasText: 'Stop' }).waitFor()

  // The first entry cannot be pressed: the keyboard is at the next.
  await bar.getByRole('button', { name: 'Start', exact: true }).click()
  await row('alpha').getByText('Downloading').waitFor()
  await row('alpha').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Start', exact: true }).and(page.locator(':disabled')).waitFor()
  await page.locator('[role="menuitem"]:focus', { hasText: 'Stop' }).waitFor()
})

test('limits of one are saved when they are known, and of several only those that were typed', async (context) => {
  const list = await openList(context, FEW)
  if (list === undefined) return
  await using it = list
  const { page, row, daemon } = it
  const limits = async (): Promise<unknown[]> => {
    const fields = ['download_limit', 'download_limited', 'upload_limited', 'seed_ratio_mode']
    const { torrents } = await daemon.call('torrent_get', { ids: [1, 2], fields })
    return torrents as unknown[]
  }
  const usual = { download_limit: 70, download_limited: true, upload_limited: false, seed_ratio_mode: 1 }
  await daemon.call('torrent_set', { ids: [1, 2], ...usual, seed_ratio_limit: 3 })
  const open = async (): Promise<void> => {
    await row('alpha').click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Limits…' }).click()
  }
  const save = page.getByRole('button', { name: 'Save' })
  let answer = (): void => {}
  const asked = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/transmission/rpc', async (route) => {
    if (route.request().postData()?.includes('download_limited') === true) await asked
    await route.continue()
  })
  await open()
  await page.getByLabel('Send at most (kB/s)').fill('50')
  assert.ok(await save.isDisabled(), 'it is not known yet what holds')
  answer()
  await until('the limits are there', async () => (await page.getByLabel('Receive at most').inputValue()) === '70')
  await page.unroute('**/transmission/rpc')
  await save.click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.deepEqual(await limits(), [usual, { ...usual, upload_limited: true }])

  await row('delta').click({ modifiers: ['Control'] })
  await open()
  await page.getByRole('heading', { name: 'Limits of 2 torrents' }).waitFor()
  assert.ok(await save.isDisabled(), 'nothing was typed')
  await page.getByLabel('Receive at most').fill('90')
  await takePictures(page, 'torrents-limits')
  await checkAccessible(page)
  await save.click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const now = { ...usual, download_limit: 90 }
  assert.deepEqual(await limits(), [now, { ...now, upload_limited: true }])
})

test('a tap opens the details, also where a click does not tell what made it', async (context) => {
  const list = await openList(context, FEW)
  if (list === undefined) return
  await using it = list
  await it.row('alpha').waitFor()
  await it.page.evaluate(`{
    const row = [...document.querySelectorAll('.torrent-row')].find((one) => one.textContent.includes('alpha'))
    row.dispatchEvent(new PointerEvent('pointerdown', { pointerType: 'touch', bubbles: true }))
    row.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  }`)
  await it.page.getByRole('region', { name: 'Details' }).getByRole('heading', { name: 'alpha' }).waitFor()
})

test('what was scrolled out of sight is forgotten', async (context) => {
  const torrents = Array.from({ length: 120 }, (_, n) => ({ name: `number ${n}` }))
  await using it = await openList(context, torrents)
  if (it === undefined) return
  const devtools = await it.page.context().newCDPSession(it.page)
  const countNodes = async (): Promise<number> => {
    await devtools.send('HeapProfiler.collectGarbage')
    const { nodes } = await devtools.send('Memory.getDOMCounters')
    return nodes
  }
  const before = await countNodes()
  await it.page.evaluate(UP_AND_DOWN)
  await it.rows.first().waitFor()
  const after = await countNodes()
  assert.ok(after < 2 * before, `${before} nodes before, ${after} after`)
})
