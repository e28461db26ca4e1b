// A real browser for tests of the page: Debian's Chromium, driven through its own protocol. Whatever the page complains of,
// a policy that it breaks included, fails the test.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { ServedDaemon } from './daemon.ts'
import { until } from './program.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Absent: not installed. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const PICTURES = join(ROOT, 'dist/pictures')

export const WIDE = { width: 1280, height: 800 }
export const NARROW = { width: 390, height: 780 }

export interface OpenBrowser extends AsyncDisposable {
  /** In a profile of its own: nobody is signed in. */
  newPage(daemon: ServedDaemon, size?: typeof WIDE): Promise<Page>
  /** The page of a daemon, signed in by a link as `shoal web` makes it. */
  open(daemon: ServedDaemon, size?: typeof WIDE): Promise<Page>
}

/** An HTTP status, or that there was no answer at all. */
type Failure = number | 'no answer'

export interface BrowserOptions {
  /** What a test provokes (a wrong password, a daemon that ended); any other load that fails is a complaint. */
  readonly expected?: readonly Failure[]
}

/** The first call of a page is refused with this, which tells it what to send (docs/protocols/rpc.md). */
const NO_SESSION_ID = 409

/** `undefined`, and the test skipped, where there is no Chromium. */
export async function openBrowser(
  context: TestContext,
  { expected = [] }: BrowserOptions = {},
): Promise<OpenBrowser | undefined> {
  if (CHROMIUM === undefined) {
    context.skip('chromium is not installed')
    return undefined
  }
  const browser = await borrowBrowser()
  const stack = new AsyncDisposableStack()
  stack.defer(returnBrowser)
  const complaints: string[] = []
  const newPage = async (daemon: ServedDaemon, size = WIDE): Promise<Page> => {
    const profile = await browser.newContext({ viewport: size, reducedMotion: 'reduce' })
    stack.defer(() => profile.close())
    profile.setDefaultTimeout(15_000)
    const page = await profile.newPage()
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      const [said, { url: from }] = [message.text(), message.location()]
      const failure = failureOf(said)
      if (failure !== undefined && [NO_SESSION_ID, ...expected].includes(failure)) return
      // The daemon of a test ends before its browser does, which goes on asking.
      if (failure === 'no answer' && daemon.hasEnded()) return
      if (message.type() === 'error') complaints.push(`${said} ${from}`)
    })
    return page
  }
  return {
    newPage,
    async open(daemon, size) {
      const { url } = (await daemon.call('shoal_page_link')) as { url: string }
      const page = await newPage(daemon, size)
      await page.goto(url)
      await page.locator('#content').waitFor()
      return page
    },
    async [Symbol.asyncDispose]() {
      await stack.disposeAsync()
      assert.deepEqual(complaints, [], 'the page complained of nothing')
    },
  }
}

/** With a page to show that is built from the sources as they are; nothing is painted by a graphics card. */
export async function launchBrowser(): Promise<Browser> {
  const { buildPageIfOld } = createRequire(import.meta.url)('../../scripts/fresh-page.cjs') as {
    buildPageIfOld: (node: string) => boolean
  }
  assert.ok(buildPageIfOld(process.execPath), 'the page can be built')
  assert.ok(CHROMIUM !== undefined, 'chromium is installed')
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
}

/** The tests of a file share a browser, each with profiles of its own: to start one takes longer than many a test. */
const shared: { browser: Promise<Browser> | undefined; borrowers: number; ending: NodeJS.Timeout | undefined } = {
  browser: undefined,
  borrowers: 0,
  ending: undefined,
}
/** For the next test to begin. */
const KEEP_MS = 1_000

async function borrowBrowser(): Promise<Browser> {
  clearTimeout(shared.ending)
  const before = await shared.browser?.catch(() => undefined)
  if (before?.isConnected() !== true) {
    shared.browser = launchBrowser()
  }
  const browser = await shared.browser
  if (browser === undefined) throw new Error('there is no browser')
  shared.borrowers++
  return browser
}

function returnBrowser(): void {
  if (--shared.borrowers > 0) return
  shared.ending = setTimeout(() => {
    void shared.browser?.then((browser) => browser.close())
    shared.browser = undefined
  }, KEEP_MS)
}

/** Of the browser's own note about something that it could not load. */
function failureOf(text: string): Failure | undefined {
  const [, status, code] = /^Failed to load resource: (?:.* status of (\d{3})|(net::ERR_))/.exec(text) ?? []
  if (status !== undefined) return Number(status)
  return code === undefined ? undefined : 'no answer'
}

/** Pictures for people to look at: wide, narrow, dark. Leaves the page wide and light. */
export async function takePictures(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true })
  const shoot = (kind: string): Promise<unknown> => page.screenshot({ path: join(PICTURES, `${name}-${kind}.png`) })
  await page.setViewportSize(WIDE)
  await shoot('wide')
  await page.emulateMedia({ colorScheme: 'dark' })
  await shoot('dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(NARROW)
  await shoot('narrow')
  await page.setViewportSize(WIDE)
}

/** No violation of WCAG 2.2 A and AA that a program can find, in both colours. */
export async function checkAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(axe.source)
    const found = await page.evaluate(async () => {
      const { axe: checker } = globalThis as unknown as { axe: typeof import('axe-core') }
      const { violations } = await checker.run({
        preload: false, // it would wait ten seconds for a film that does not play
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
      })
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
    })
    assert.deepEqual(found, [], `in ${colorScheme}`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** For `evaluateAll`: all at the same moment, as no hand could. */
export function pressAll(buttons: readonly { click?(): void }[]): void {
  for (const button of buttons) button.click?.()
}

/** No part of the page reaches beyond the window's edge, once what follows the window's width (drawings) has done so. */
export async function fitsIn(page: Page): Promise<void> {
  let wide: unknown
  const fits = async (): Promise<boolean> => {
    wide = await page.evaluate(`
      [...document.querySelectorAll('main *')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.for-readers'))
        .map((one) => one.outerHTML.slice(0, 120))`)
    return Array.isArray(wide) && wide.length === 0
  }
  await until('everything fits', fits, { timeoutMs: 5000 }).catch(() => assert.deepEqual(wide, []))
}
