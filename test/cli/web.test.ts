// `shoal web`: the link it prints signs in once; what it opens is a page that leads there.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { linkFolder, writeLinkPage } from '../../src/cli/link-page.ts'
import { openerFor } from '../../src/cli/open-browser.ts'
import { serveDaemon } from '../support/daemon.ts'
import { asRecord } from '../support/json.ts'
import { ask } from '../support/page.ts'
import { makeHome, startProgram, until } from '../support/program.ts'
import { runShoal, type ShoalResult } from '../support/shoal.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const noDesktop =
  process.platform === 'win32' || process.platform === 'darwin' ? 'desktops have their own opener' : false

test('it prints a link that signs in, and makes another each time', async () => {
  await using it = await serveDaemon()
  const run = (...words: string[]): Promise<ShoalResult> =>
    runShoal(['web', ...words, '--state-dir', it.daemon.stateDir])
  const printed = await run('--print-url')
  assert.equal(printed.code, 0, printed.stderr)
  const url = new URL(printed.stdout) // nothing but the link, where no terminal shows it
  assert.equal(url.origin, new URL(it.url).origin)
  const code = url.hash.replace('#enter=', '')
  assert.equal((await ask(it, '/page/sign-in', { method: 'POST', json: { code } })).status, 204)
  const asJson = asRecord(JSON.parse((await run('--print-url', '--json')).stdout))
  assert.deepEqual(Object.keys(asJson), ['url', 'expiresInSec', 'isOpened'])
  assert.notEqual(asJson['url'], printed.stdout)
  assert.deepEqual([asJson['expiresInSec'], asJson['isOpened']], [300, false])
})

interface Desktop {
  readonly env: Readonly<Record<string, string>>
  /** Where the page is put that leads to the link. */
  readonly runtime: string
  /** What the opener was given, and what it read there. */
  readonly asked: () => string
  readonly read: () => string
}

function makeDesktop(exitCode: number): Desktop {
  const [bin, runtime] = [makeHome('bin'), makeHome('runtime')]
  const [asked, read] = [join(bin, 'asked'), join(bin, 'read')]
  const script = `#!/bin/sh\nprintf %s "$*" > ${asked}\ncat "\${1#file://}" > ${read}\nexit ${exitCode}\n`
  writeFileSync(join(bin, 'xdg-open'), script, { mode: 0o755 })
  return {
    env: { PATH: `${bin}${delimiter}${process.env['PATH']}`, DISPLAY: ':0', XDG_RUNTIME_DIR: runtime },
    runtime,
    asked: () => (existsSync(asked) ? readFileSync(asked, 'utf8') : ''),
    read: () => readFileSync(read, 'utf8'),
  }
}

const LINK = /http:\/\/127\.0\.0\.1:\d+\/#enter=[\w-]{32}/

test('it opens a page that leads to the link, which only its user can read, and takes it away again', {
  skip: noDesktop,
}, async () => {
  await using it = await serveDaemon()
  const desktop = makeDesktop(0)
  const lines: string[] = []
  await using program = startProgram(process.execPath, [MAIN, 'web', '--state-dir', it.daemon.stateDir], {
    env: desktop.env,
    onLine: (line) => lines.push(line),
  })
  const said = await until('it says so', () => lines[0], { program })
  assert.match(said, /^Opened http:\/\/127\.0\.0\.1:\d+\/ in the browser\. .* shoal web --print-url$/)
  assert.match(desktop.asked(), /^file:\/\/\/[^#=]+\.html$/, 'arguments are shown to every user of the machine')
  assert.match(desktop.read(), LINK)
  const file = fileURLToPath(desktop.asked())
  assert.equal(dirname(dirname(file)), desktop.runtime)
  assert.deepEqual([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777], [0o600, 0o700])
  program.signal('SIGINT')
  assert.equal(await program.exited(), 0)
  assert.deepEqual(readdirSync(desktop.runtime), [])
})

test('it prints the link where nobody sees a browser, or none could be opened', { skip: noDesktop }, async () => {
  await using it = await serveDaemon()
  const run = (env: Readonly<Record<string, string>>): Promise<ShoalResult> =>
    runShoal(['web', '--state-dir', it.daemon.stateDir], { env })
  const unseen = makeDesktop(0)
  assert.match((await run({ ...unseen.env, DISPLAY: '' })).stdout, LINK)
  assert.equal(unseen.asked(), '')
  const broken = makeDesktop(3)
  const bad = await run(broken.env)
  assert.equal(bad.stdout, LINK.exec(broken.read())?.[0])
  assert.deepEqual([bad.code, bad.stderr, readdirSync(broken.runtime)], [0, '', []])
  const desktop = makeDesktop(0)
  const nowhere = join(desktop.runtime, 'gone')
  const unwritten = await run({ ...desktop.env, XDG_RUNTIME_DIR: nowhere })
  assert.match(unwritten.stdout, LINK)
  assert.deepEqual([unwritten.code, desktop.asked()], [0, ''])
  assert.ok(unwritten.stderr.includes(`cannot write "${nowhere}"`), unwritten.stderr)
})

test('the page is kept for some seconds, and one that was left behind is gone with the next', async () => {
  const folder = makeHome('runtime')
  const left = join(folder, 'shoal-web-abcdef')
  mkdirSync(left)
  writeFileSync(join(left, 'open.html'), '')
  utimesSync(left, 1, 1)
  mkdirSync(join(folder, 'another-program'))
  utimesSync(join(folder, 'another-program'), 1, 1)
  const first = await writeLinkPage('http://127.0.0.1:9091/#enter=a"b&c<d', folder)
  assert.equal(existsSync(left), false)
  assert.match(readFileSync(fileURLToPath(first.address), 'utf8'), /url=http:[^"<]+#enter=a&quot;b&amp;c&lt;d"/)
  {
    await using second = await writeLinkPage('http://127.0.0.1:9091/', folder)
    assert.notEqual(second.address, first.address)
    assert.ok(existsSync(fileURLToPath(first.address)), 'a browser may be about to read it')
  }
  assert.equal(readdirSync(folder).length, 2)
  await first[Symbol.asyncDispose]()
  assert.deepEqual(readdirSync(folder), ['another-program'])
})

test('the page is in the runtime folder of the user, or where temporary files are', () => {
  assert.equal(linkFolder({ XDG_RUNTIME_DIR: join(tmpdir(), 'run') }), join(tmpdir(), 'run'))
  for (const XDG_RUNTIME_DIR of ['', 'relative']) assert.equal(linkFolder({ XDG_RUNTIME_DIR }), tmpdir())
  assert.equal(linkFolder({}), tmpdir())
})

test('without a daemon it says how to start one', async () => {
  const { code, stdout, stderr } = await runShoal(['web', '--state-dir', makeHome('state')])
  assert.deepEqual([code, stdout], [6, ''])
  assert.match(stderr, /no daemon runs on .*start one with "shoal daemon"/)

  const env = { npm_lifecycle_event: 'start' } // as npm sets it
  const ofCheckout = await runShoal(['web', '--state-dir', makeHome('state')], { env })
  assert.match(ofCheckout.stderr, /start one with "npm start -- daemon"/)
})

test('each system has its opener; without a screen there is none', () => {
  assert.deepEqual(openerFor('darwin', {}), ['open'])
  assert.deepEqual(openerFor('win32', {}), ['rundll32', 'url.dll,FileProtocolHandler'])
  assert.deepEqual(openerFor('linux', { WAYLAND_DISPLAY: 'wayland-0' }), ['xdg-open'])
  assert.equal(openerFor('linux', { DISPLAY: '' }), undefined)
})
