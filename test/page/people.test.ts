// People on the page: two daemons that meet, each with a page, and strangers.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { Contact } from '../../src/direct/contacts.ts'
import { named } from '../../src/web/words/named.ts'
import { type BrowserOptions, checkAccessible, openBrowser, takePictures } from '../support/browser.ts'
import { type ServedDaemon, serveDaemon } from '../support/daemon.ts'
import { person } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const EVIL = '<img src=x onerror=alert(1)>'
const REVERSED = `exe.\u202egpj`
const LONG = `${'long name '.repeat(23)}.mkv`

/** Notes what the page would have the system show, while the reader looks at something else. */
const NOTIFICATIONS = `
  globalThis.notes = []
  globalThis.Notification = class {
    static permission = 'default'
    static requestPermission() { return Promise.resolve((this.permission = 'granted')) }
    constructor(title, { body }) { notes.push(body) }
  }
  document.hasFocus = () => false`

interface Home extends ServedDaemon {
  readonly got: string
  readonly port: number
  contact(name: string): Contact
}

interface House {
  readonly stack: AsyncDisposableStack
  home(name: string, settings?: object): Promise<Home>
  open(home: Home): Promise<Page>
}

/** `undefined`: there is no browser. */
async function house(context: TestContext, options?: BrowserOptions): Promise<(House & AsyncDisposable) | undefined> {
  await using building = new AsyncDisposableStack()
  const browser = building.use(await openBrowser(context, options))
  if (browser === undefined) return undefined
  const stack = building.move()
  return {
    stack,
    async home(name, settings = {}) {
      const got = makeHome(`${name}-got`)
      const set = { name, 'direct-on': true, 'direct-port': 0, nearby: false, 'receive-dir': got, ...settings }
      const daemon = stack.use(await serveDaemon(set))
      const { direct } = daemon.daemon
      assert.ok(direct !== undefined)
      return { ...daemon, got, port: direct.port, contact: (word) => direct.contacts.find(word) }
    },
    open: (home) => browser.open(home),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function meet(one: Home, name: string, other: Home): Promise<void> {
  await one.call('shoal_contact_add', { name, address: `127.0.0.1:${other.port}` })
}

function folder(sizes: Readonly<Record<string, number>>): string {
  const path = join(makeHome('photos'), 'photos')
  writeTree(path, sizes)
  return path
}

/** The first call of the method finds no daemon, once the returned function was called. */
async function failOnce(page: Page, method: string): Promise<() => void> {
  const gate = Promise.withResolvers<void>()
  let isFirst = true
  await page.route('**/transmission/rpc', async (route) => {
    if (!isFirst || route.request().postDataJSON()?.method !== method) return route.fallback()
    isFirst = false
    await gate.promise
    return route.abort('connectionrefused')
  })
  return gate.resolve
}

async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'People', exact: true }).click()
  await page.locator('.person-row a', { hasText: name }).click()
  await page.getByRole('heading', { level: 2, name }).waitFor()
}

test('people meet by address, compare the same digits on both pages, and trust, block, rename and forget', async (context) => {
  await using place = await house(context)
  if (place === undefined) return
  const [ann, bob] = [await place.home('ann'), await place.home('bob')]
  const [anns, bobs] = [await place.open(ann), await place.open(bob)]

  await anns.getByRole('link', { name: 'People', exact: true }).click()
  await anns.getByText('Nobody here yet').waitFor()
  await anns.getByText('You are').locator('..').getByText('ann').waitFor()
  await anns.getByRole('button', { name: 'Add by address' }).click()
  await anns.getByLabel('Name', { exact: true }).fill('my bob')
  await anns.getByRole('textbox', { name: 'Address' }).fill('nonsense')
  await anns.keyboard.press('Enter')
  await anns.getByText('Expected ip:port').waitFor()
  await anns.getByRole('textbox', { name: 'Address' }).fill(`127.0.0.1:${bob.port}`)
  await anns.keyboard.press('Enter')
  await anns.getByRole('heading', { level: 2, name: 'my bob' }).waitFor()
  assert.equal(ann.contact('my bob').address.port, bob.port)

  await goTo(bobs, 'ann')
  assert.equal(await bobs.getByRole('heading', { level: 2, name: 'Nearby' }).count(), 1)
  const digits = bobs.getByRole('group', { name: 'Digits to compare' })
  assert.match(await digits.innerText(), /^(\d{4}\s*){6}$/)
  const there = anns.getByRole('group', { name: 'Digits to compare' })
  assert.equal((await there.innerText()).replace(/\s+/g, ' '), (await digits.innerText()).replace(/\s+/g, ' '))
  await takePictures(bobs, 'people-person')
  await checkAccessible(bobs)

  await bobs.getByRole('button', { name: 'The same: trust' }).click()
  await bobs.locator('.person-head').getByText('Trusted').waitFor()
  assert.deepEqual([bob.contact('ann').trust, bob.contact('ann').isKept], ['trusted', true])
  await anns.getByRole('button', { name: 'They differ' }).click()
  await anns.getByText('Somebody may stand between you two').waitFor()
  await anns.getByRole('button', { name: 'Block them' }).click()
  await anns.locator('.person-head').getByText('Blocked').waitFor()
  assert.equal(ann.contact('my bob').trust, 'blocked')
  assert.equal(await anns.getByRole('button', { name: /^Send files/ }).count(), 0, 'nothing is sent to who is blocked')
  await anns.locator('#content').getByRole('button', { name: 'Unblock' }).click()
  await anns.getByRole('button', { name: 'They differ' }).waitFor()

  await anns.locator('.person-head').getByRole('button', { name: 'Ping' }).click()
  await anns.getByText(/^“\u2068bob\u2069” answered in [\d.]+ ms/).waitFor()
  await anns.locator('.person-head').getByRole('button', { name: 'More' }).click()
  await anns.getByRole('menuitem', { name: 'Rename' }).click()
  await anns.getByLabel('New name').fill(EVIL)
  await anns.keyboard.press('Enter')
  await anns.getByRole('heading', { level: 2, name: EVIL }).waitFor()
  await anns.locator('.person-head').getByRole('button', { name: 'More' }).click()
  await anns.getByRole('menuitem', { name: 'Forget' }).click()
  await anns.getByRole('dialog').getByText(EVIL).waitFor()
  await anns.getByRole('button', { name: 'Forget', exact: true }).click()
  await anns.getByText('Nobody here yet').waitFor()
  assert.throws(() => ann.contact(EVIL), /there is no contact/)

  await anns.getByRole('button', { name: 'Your name, as others see it' }).click()
  await anns.getByLabel('Name', { exact: true }).fill('anna')
  await anns.keyboard.press('Enter')
  await anns.getByText('You are').locator('..').getByText('anna').waitFor()
  assert.equal(ann.daemon.settings.name, 'anna')
})

test('an offer is asked about wherever the reader is: some of it is taken, another declined, another put off', async (context) => {
  await using place = await house(context, { expected: ['no answer'] })
  if (place === undefined) return
  const [ann, bob] = [await place.home('ann'), await place.home('bob')]
  await meet(ann, 'bob', bob)
  const [anns, bobs] = [await place.open(ann), await place.open(bob)]
  const photos = folder({ 'beach.jpg': 200_000, 'notes/a.txt': 10, 'notes/b.txt': 20 })

  const question = bobs.getByRole('alertdialog')
  await ann.call('shoal_send', { paths: [photos], to: ['bob'] })
  await question.getByText('Take 3 files?').waitFor()
  assert.equal(await bobs.title(), '(1) Shoal')
  await question.getByRole('row', { name: /notes/ }).waitFor()
  await checkAccessible(bobs)
  await takePictures(bobs, 'people-offer')
  await question.getByRole('checkbox', { name: 'beach.jpg' }).uncheck()
  await question.getByText('2 of 3 files, 30 B').waitFor()
  const fails = await failOnce(bobs, 'shoal_offer_answer')
  await question.getByRole('button', { name: 'Accept 2 files' }).click()
  fails()
  await bobs.getByText('Shoal cannot be reached').waitFor()
  assert.equal(await question.getByRole('checkbox', { name: 'beach.jpg' }).isChecked(), false, 'the choice is kept')
  await question.getByRole('button', { name: 'Accept 2 files' }).click()
  await question.waitFor({ state: 'hidden' })
  await bobs.getByRole('button', { name: 'Show', exact: true }).click()
  await bobs.getByRole('region', { name: 'Received' }).getByText('Here', { exact: true }).waitFor()
  assert.deepEqual(compareTrees(join(photos, 'notes'), join(bob.got, 'photos/notes')), [])
  assert.deepEqual(readdirSync(join(bob.got, 'photos')), ['notes'])
  assert.equal(await bobs.title(), 'Shoal')

  await anns.getByRole('link', { name: 'People', exact: true }).click()
  await anns.getByText('Has what it wanted: 2 of 3 files').waitFor()

  await ann.call('shoal_send', { paths: [join(photos, 'beach.jpg')], to: ['bob'] })
  await question.getByRole('button', { name: 'Decline' }).click()
  await anns.getByText('Said no').waitFor()
  assert.equal(readdirSync(bob.got).includes('beach.jpg'), false)
  assert.equal(bob.contact('ann').trust, 'unknown')

  await ann.call('shoal_send', { paths: [join(photos, 'beach.jpg')], to: ['bob'] })
  await question.waitFor()
  await bobs.keyboard.press('Escape')
  await question.waitFor({ state: 'hidden' })
  assert.equal(await bobs.title(), '(1) Shoal', 'it still waits')
  await bobs.getByRole('button', { name: 'Answer…' }).click()
  await question.getByRole('checkbox', { name: /^Always accept/ }).check()
  await question.getByRole('button', { name: 'Accept', exact: true }).click()
  await until('it is here', () => readdirSync(bob.got).includes('beach.jpg'))
  await until('she is trusted', () => bob.contact('ann').trust === 'trusted')

  await ann.call('shoal_send', { paths: [join(photos, 'notes')], to: ['bob'] })
  await until('it came without a question', () => readdirSync(bob.got).includes('notes'))
  await bobs.getByRole('region', { name: 'Received' }).getByText('notes', { exact: true }).first().waitFor()
  await anns.locator('.sent-receiver').nth(3).waitFor()
  await takePictures(anns, 'people-transfers')
  await checkAccessible(anns)
})

test('who is busy in a dialog is told above it and goes on typing; of two offers one comes after the other', async (context) => {
  await using place = await house(context)
  if (place === undefined) return
  const bob = await place.home('bob')
  const [ann, eve] = [place.stack.use(await person('ann')), place.stack.use(await person(EVIL))]
  const page = await place.open(bob)
  await page.getByRole('link', { name: 'People', exact: true }).click()
  await page.getByRole('button', { name: 'Add by address' }).click()
  const field = page.getByLabel('Name', { exact: true })
  await field.fill('ze')
  const file = join(makeHome('send'), '<b>words<b>')
  writeFileSync(file, 'words')
  for (const one of [ann, eve]) {
    const contact = await one.direct.add('bob', { ip: '127.0.0.1', port: bob.port })
    await one.direct.send([file], [contact])
  }
  const banner = page.getByRole('alert').filter({ hasText: 'wants to send you 1 file' })
  await banner.waitFor()
  await page.keyboard.type('bra')
  assert.equal(await field.inputValue(), 'zebra')
  await takePictures(page, 'people-offer-above')
  await checkAccessible(page)
  const question = page.getByRole('alertdialog')
  const askedAbout = async (): Promise<string> => question.locator('dd').first().innerText()
  await banner.getByRole('button', { name: 'Answer…' }).click()
  const first = await askedAbout()
  await question.getByText('<b>words<b>').waitFor()
  await question.getByRole('button', { name: 'Accept', exact: true }).click()
  // The dialog is still open: the second one is told above it, too.
  await banner.getByRole('button', { name: 'Answer…' }).click()
  const second = await askedAbout()
  assert.deepEqual(new Set([first, second].map((who) => who.split('\n')[0])), new Set([EVIL, 'ann']))
  await question.getByRole('button', { name: 'Decline' }).click()
  await question.waitFor({ state: 'hidden' })
  assert.equal(await field.inputValue(), 'zebra')
  await page.keyboard.press('Escape')
  await until('one of them came', () => readdirSync(bob.got).length === 1)
})

test('a stranger who proves nothing is warned of, whatever he calls himself and his files', async (context) => {
  await using place = await house(context)
  if (place === undefined) return
  const bob = await place.home('bob')
  const page = await place.open(bob)
  const names = [EVIL, REVERSED, LONG, `${EVIL}/${LONG}`, ...Array.from({ length: 1_200 }, (_, n) => `photos/${n}.jpg`)]
  const gone = new AbortController()
  offerAs(bob.port, `${EVIL}\u202e`, names, gone.signal)
  const question = page.getByRole('alertdialog')
  await question.getByText('Take 1,204 files?').waitFor()
  await question.getByText('Unproven').waitFor()
  await question.getByText('They did not prove who they are').waitFor()
  assert.equal(await question.getByRole('checkbox', { name: /^Always accept/ }).count(), 0)
  await question.getByText(EVIL).first().waitFor()
  await question.getByRole('row', { name: /photos/ }).waitFor()
  assert.equal(await page.locator('img[src="x"]').count(), 0)
  await takePictures(page, 'people-offer-unproven')
  await checkAccessible(page)
  gone.abort()
  await question.waitFor({ state: 'hidden' })
  await page.getByText(`${named(EVIL)} took the offer back.`).waitFor()
  assert.deepEqual(readdirSync(bob.got), [])

  await page.getByRole('link', { name: 'People', exact: true }).click()
  await page.locator('.person-row a', { hasText: EVIL }).click()
  await page.getByText('They show no key').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Trust' }).count(), 0, 'trust would change nothing')
  await takePictures(page, 'people-stranger')
  await checkAccessible(page)
})

test('messages go both ways, to one and to all, and wait for who is away', async (context) => {
  await using place = await house(context, { expected: ['no answer'] })
  if (place === undefined) return
  const [ann, bob] = [await place.home('ann'), await place.home('bob')]
  await meet(ann, 'bob', bob)
  await ann.call('shoal_contact_add', { name: 'zed', address: '127.0.0.1:1' })
  const [anns, bobs] = [await place.open(ann), await place.open(bob)]

  await bobs.evaluate(NOTIFICATIONS)
  await bobs.getByRole('link', { name: 'People', exact: true }).click()
  await bobs.getByRole('button', { name: 'Notify me' }).click()
  await bobs.getByText('You will be notified while this page is open.').waitFor()
  await goTo(anns, 'bob')
  await anns.getByLabel('Message to bob').fill(`lunch?\n${EVIL}`)
  await anns.keyboard.press('Enter')
  await anns.getByRole('log').getByText('lunch?').waitFor()
  await anns.getByText(/, Arrived/).waitFor()
  const note = `${named('ann')} says: ${named(`lunch? ${EVIL}`)}`
  await bobs.getByText(note).waitFor()
  assert.deepEqual(await bobs.evaluate('notes'), [note])
  await bobs.getByRole('button', { name: 'Show', exact: true }).click()
  await bobs.getByRole('log').getByText('lunch?').waitFor()
  const field = bobs.getByLabel('Message to ann')
  const fails = await failOnce(bobs, 'shoal_say')
  await field.fill('at noon')
  await bobs.getByRole('button', { name: 'Send', exact: true }).click()
  await field.fill('sharp')
  fails()
  await until('it is not lost', async () => (await field.inputValue()) === 'at noon\nsharp')
  await bobs.getByRole('button', { name: 'Send', exact: true }).click()
  await anns.getByRole('log').getByText('at noon').waitFor()
  assert.equal(await anns.getByText('bob says').count(), 0, 'nothing is told of what is read where it appears')

  await anns.getByRole('link', { name: 'Messages' }).click()
  await anns.getByLabel('Message to all contacts').fill('party')
  await anns.keyboard.press('Enter')
  await anns.getByText(/1 person has it\. These get it when they are there: zed\./).waitFor()
  await bobs.getByRole('log').getByText('party').waitFor()
  await takePictures(anns, 'people-messages')
  await checkAccessible(anns)
  await anns.getByRole('button', { name: 'Clear all' }).click()
  await anns.getByRole('dialog').getByRole('button', { name: 'Clear all' }).click()
  await anns.getByText('No messages yet.').waitFor()
  assert.deepEqual(ann.daemon.direct?.talk.inbox, [])
})

test('what somebody shares is gone through, searched and fetched', async (context) => {
  await using place = await house(context)
  if (place === undefined) return
  const sharedDir = makeHome('public')
  writeTree(sharedDir, { 'photos/beach.jpg': 300_000, 'photos/2024/lake.jpg': 1_000, 'notes.txt': 10 })
  mkdirSync(join(sharedDir, 'many'))
  for (let n = 0; n < 1_100; n++) writeFileSync(join(sharedDir, 'many', `${n}.txt`), '')
  writeFileSync(join(sharedDir, `${'x'.repeat(236)}.txt`), 'words')
  const [ann, bob] = [await place.home('ann'), await place.home('bob', { 'shared-dir': sharedDir })]
  await meet(ann, 'bob', bob)
  const page = await place.open(ann)
  await goTo(page, 'bob')
  await page.getByRole('button', { name: 'Look at what they share' }).click()
  await page.getByText('Bob shares nothing with you: he must trust you first').waitFor()
  await bob.call('shoal_contact_change', { contact: 'ann', trust: 'trusted' })
  await page.getByRole('button', { name: 'Look at what they share' }).click()
  await page.getByText('The first 1,000 files.').waitFor()
  await page.getByRole('button', { name: 'Load more' }).click()
  const list = page.getByRole('list', { name: 'What they share' })
  await list.getByRole('button', { name: 'photos', exact: true }).click()
  await list.getByText('beach.jpg').waitFor()
  await page.getByRole('group', { name: 'Folder' }).getByRole('button', { name: 'All' }).click()
  await takePictures(page, 'people-shared')
  await checkAccessible(page)
  await list.getByRole('button', { name: 'Get photos' }).click()
  await page.getByText(`${named('photos')} is being fetched.`).waitFor()
  await page.locator('.people-transfer').getByText('Here').waitFor()
  assert.deepEqual(compareTrees(join(sharedDir, 'photos'), join(ann.got, 'photos')), [])

  await page.getByLabel('Search what they share').fill('note')
  await page.keyboard.press('Enter')
  await list.getByRole('button', { name: 'Get notes.txt' }).click()
  await until('it is here', () => readdirSync(ann.got).includes('notes.txt'))
  assert.deepEqual(readFileSync(join(ann.got, 'notes.txt')), readFileSync(join(sharedDir, 'notes.txt')))
  const rows = page.locator('.people-transfer')
  await rows.nth(1).waitFor()
  await rows.nth(1).getByRole('button', { name: 'Remove from this list' }).click()
  await until('one is left', () => ann.daemon.direct?.fetching.all && [...ann.daemon.direct.fetching.all].length === 1)
})

test('files dropped on somebody are to be sent to him, and the button does the same', async (context) => {
  await using place = await house(context)
  if (place === undefined) return
  const bob = await place.home('bob')
  await bob.call('shoal_contact_add', { name: 'zed', address: '127.0.0.1:1' })
  const page = await place.open(bob)
  await page.getByRole('link', { name: 'People', exact: true }).click()
  const row = page.locator('.person-row', { hasText: 'zed' })
  const box = await row.boundingBox()
  assert.ok(box !== null)
  const file = join(makeHome('send'), 'song.ogg')
  writeFileSync(file, 'la la')
  const protocol = await page.context().newCDPSession(page)
  const at = { x: box.x + 60, y: box.y + 30, data: { items: [], files: [file], dragOperationsMask: 1 } }
  for (const type of ['dragEnter', 'dragOver'] as const) await protocol.send('Input.dispatchDragEvent', { type, ...at })
  await row.getByText('Drop to send').waitFor()
  await takePictures(page, 'people-drop')
  await protocol.send('Input.dispatchDragEvent', { type: 'drop', ...at })
  const dialog = page.getByRole('dialog')
  await dialog.getByText('song.ogg').waitFor()
  await page.keyboard.press('Escape')
  await row.getByRole('button', { name: 'Send files to zed' }).press('Enter')
  await dialog.waitFor()
})

/** Somebody of LocalSend who shows no certificate. Ends with the signal. */
function offerAs(port: number, alias: string, names: readonly string[], signal: AbortSignal): void {
  const files = names.map((fileName, n) => [n, { id: String(n), fileName, size: n, fileType: 'image/jpeg' }])
  const info = { alias, version: '2.1', fingerprint: 'F00D', port: 1, protocol: 'http', deviceType: 'mobile' }
  const offer = request({
    ...{ host: '127.0.0.1', port, path: '/api/localsend/v2/prepare-upload', method: 'POST', signal },
    rejectUnauthorized: false, // as LocalSend does it: nobody vouches for certificates of people
    headers: { 'Content-Type': 'application/json' },
  })
  offer.on('error', () => {}) // it ended with the signal
  offer.end(JSON.stringify({ info, files: Object.fromEntries(files) }))
}
