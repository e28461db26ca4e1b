// `shoal web`: the link it prints signs in once; what it opens is that link.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import test from 'node:test'
import { openerFor } from '../../src/cli/open-browser.ts'
import { serveDaemon } from '../support/daemon.ts'
import { asRecord } from '../support/json.ts'
import { ask } from '../support/page.ts'
import { makeHome } from '../support/program.ts'
import { runShoal, type ShoalResult } from '../support/shoal.ts'

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

test('it hands the link to the opener of the desktop, and prints it if that fails', { skip: noDesktop }, async () => {
  await using it = await serveDaemon()
  const bin = makeHome('bin')
  const opened = join(bin, 'opened')
  const run = (exitCode: number, env: Readonly<Record<string, string>> = { DISPLAY: ':0' }): Promise<ShoalResult> => {
    const script = `#!/bin/sh\nprintf %s "$1" > ${opened}\nexit ${exitCode}\n`
    writeFileSync(join(bin, 'xdg-open'), script, { mode: 0o755 })
    const PATH = `${bin}${delimiter}${process.env['PATH']}`
    return runShoal(['web', '--state-dir', it.daemon.stateDir], { env: { PATH, ...env } })
  }
  const unseen = await run(0, {})
  assert.match(unseen.stdout, /\/#enter=[\w-]{32}$/)
  assert.ok(!existsSync(opened), 'nobody sees a browser here')
  const good = await run(0)
  assert.match(good.stdout, /^Opened http:\/\/127\.0\.0\.1:\d+\/ in the browser\. .* shoal web --print-url$/)
  assert.match(readFileSync(opened, 'utf8'), /^http:\/\/127\.0\.0\.1:\d+\/#enter=[\w-]{32}$/)
  const bad = await run(3)
  assert.equal(bad.stdout, readFileSync(opened, 'utf8'))
  assert.deepEqual([bad.code, bad.stderr], [0, ''])
})

test('without a daemon it says how to start one', async () => {
  const { code, stdout, stderr } = await runShoal(['web', '--state-dir', makeHome('state')])
  assert.deepEqual([code, stdout], [6, ''])
  assert.match(stderr, /no daemon runs on .*start one with "shoal daemon"/)
})

test('each system has its opener; without a screen there is none', () => {
  assert.deepEqual(openerFor('darwin', {}), ['open'])
  assert.deepEqual(openerFor('win32', {}), ['rundll32', 'url.dll,FileProtocolHandler'])
  assert.deepEqual(openerFor('linux', { WAYLAND_DISPLAY: 'wayland-0' }), ['xdg-open'])
  assert.equal(openerFor('linux', { DISPLAY: '' }), undefined)
})
