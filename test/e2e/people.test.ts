// People as users have them: daemons and commands, and ends by force in the middle of a send.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { makeHome, removeHome, until } from '../support/program.ts'
import { type RunningShoal, runShoal, type ShoalResult, startShoal } from '../support/shoal.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MB = 1_000_000

interface Home {
  readonly got: string
  run(...words: string[]): Promise<ShoalResult>
  begin(...words: string[]): RunningShoal
  /** Ends by force. */
  start(): Promise<RunningShoal>
  /** Where others reach it. */
  address(): Promise<string>
}

function home(stack: AsyncDisposableStack, name: string, ...settings: readonly string[]): Home {
  const base = stack.adopt(makeHome(name), removeHome)
  const got = join(base, 'got')
  mkdirSync(got)
  const where = ['--state-dir', join(base, 'state')]
  let port = 0 // the same one again after an end
  const env = { SHOAL_DIRECT_ON: 'true', SHOAL_NEARBY: 'false', SHOAL_NAME: name, SHOAL_RECEIVE_DIR: got }
  const run = (...words: string[]): Promise<ShoalResult> => runShoal([...words, ...where])
  return {
    got,
    run,
    begin: (...words) => startShoal([...words, ...where]),
    async start() {
      const set = [`direct-port=${port}`, ...settings].flatMap((one) => ['--set', one])
      const args = ['daemon', ...where, '--listen', '127.0.0.1:0', '--rpc-listen', '127.0.0.1:0', ...set]
      const daemon = stack.use(startShoal(args, { env }))
      await daemon.event('api')
      const { stdout } = await run('contacts', '--json')
      port = (JSON.parse(stdout) as { own: { port: number } }).own.port
      return daemon
    },
    address: () => Promise.resolve(`127.0.0.1:${port}`),
  }
}

test('they meet, talk, and give each other a folder after a yes', async () => {
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = [home(stack, 'ann'), home(stack, 'bob')]
  await ann.start()
  await bob.start()
  const added = await ann.run('contacts', 'add', 'bob', await bob.address())
  assert.match(added.stdout, /^Added: bob \(met: /)
  assert.match((await ann.run('ping', 'bob')).stdout, /^bob answered in .* as bob/)
  const codes = await Promise.all([ann, bob].map(async (one) => (await one.run('contacts', '--codes')).stdout))
  const [seen, alsoSeen] = codes.map((text) => /(\d{4} ){5}\d{4}/.exec(text)?.[0])
  assert.ok(seen !== undefined && seen === alsoSeen, codes.join('\n'))
  assert.match((await ann.run('say', 'lunch?')).stdout, /^bob has it/)
  assert.match((await bob.run('inbox')).stdout, /^ann, .*:\n {2}lunch\?/)
  const photos = join(stack.adopt(makeHome('photos'), removeHome), 'photos')
  writeTree(photos, { 'beach.jpg': 2 * MB, 'notes/a.txt': 10 })
  const sending = ann.run('send', photos, 'bob')
  await until(
    'bob is asked',
    async () => (await bob.run('offers')).stdout.includes('waits for your answer') || undefined,
  )
  assert.match((await bob.run('accept', '1')).stdout, /^Accepted: photos\/.* and 1 more from ann/)
  const sent = await sending
  assert.equal(sent.code, 0, sent.stderr)
  assert.match(sent.stdout, /bob: has all of it, verified \(2 files, 2\.00 MB\)/)
  assert.deepEqual(compareTrees(photos, join(bob.got, 'photos')), [])
  const again = ann.run('send', photos, 'bob')
  await until('bob is asked', async () => (await bob.run('offers', '2')).stdout.includes('beach.jpg') || undefined)
  assert.match((await bob.run('accept', '2', '--select', '*.gif')).stderr, /no file of offer 2 matches "\*\.gif"/)
  assert.match((await bob.run('accept', '2', '--select', '*.txt')).stdout, /^Accepted: 1 of photos/)
  assert.match((await again).stdout, /bob: has what it wanted, verified \(1 of 2 files, 10 B\)/)
  assert.deepEqual(compareTrees(photos, join(bob.got, 'photos')), [], 'what is there already is there once')
  const nobody = await ann.run('send', photos, 'zed')
  assert.equal(nobody.code, 6)
  assert.match(nobody.stderr, /there is no contact "zed"/)
})

test('files by link: a browser and another Shoal fetch them, until Ctrl-C', async () => {
  await using stack = new AsyncDisposableStack()
  const photos = join(stack.adopt(makeHome('photos'), removeHome), 'photos')
  writeTree(photos, { 'beach.jpg': MB, 'notes/a.txt': 10 })
  const [ann, bob] = [home(stack, 'ann'), home(stack, 'bob')]
  await ann.start()
  const sending = stack.use(ann.begin('send', photos, '--link', '--pin', '2468'))
  const link = `http://${await ann.address()}`
  await until('the link is open', async () => (await fetch(link)).status === 401 || undefined)
  assert.match((await bob.run('get', link)).stderr, /asks for a PIN/)
  const got = await bob.run('get', link, '--pin', '2468', '--dir', bob.got)
  assert.match(got.stdout, /^Got 2 files from ann: in /)
  assert.deepEqual(compareTrees(photos, join(bob.got, 'photos')), [])
  sending.signal('SIGINT')
  assert.equal(await sending.exited(), 0)
  const [opened, ...fetched] = sending.events
  assert.deepEqual([opened?.['fileCount'], opened?.['pin']], [2, '2468'])
  assert.deepEqual(
    fetched.map(({ ip, name, doneBytes, state }) => [ip, name, doneBytes, state]),
    [
      ['127.0.0.1', 'photos/beach.jpg', MB, 'done'],
      ['127.0.0.1', 'photos/notes/a.txt', 10, 'done'],
    ],
  )
  assert.equal((await fetch(link)).status, 404, 'the daemon goes on without it')
})

test('what is shared is seen and fetched by who is trusted', async () => {
  await using stack = new AsyncDisposableStack()
  const sharedDir = join(stack.adopt(makeHome('public'), removeHome), 'public')
  writeTree(sharedDir, { 'photos/beach.jpg': MB, 'notes.txt': 10 })
  const [ann, bob] = [home(stack, 'ann', `shared-dir=${sharedDir}`), home(stack, 'bob')]
  await ann.start()
  await bob.start()
  await bob.run('contacts', 'add', 'ann', await ann.address())
  const refused = await bob.run('ls', 'ann')
  assert.match(refused.stderr, /ann shares nothing with you: he must trust you first/)
  assert.match((await ann.run('contacts', 'trust', 'bob')).stdout, /^bob: trusted/)
  assert.match((await bob.run('ls', 'ann')).stdout, /1\.00 MB +ann +photos\/beach\.jpg/)
  assert.match((await bob.run('search', 'note')).stdout, /ann +notes\.txt$/)
  const got = await bob.run('get', 'photos', 'ann')
  assert.equal(got.code, 0, got.stderr)
  assert.match(got.stdout, /Got photos from ann/)
  assert.deepEqual(compareTrees(join(sharedDir, 'photos'), join(bob.got, 'photos')), [])
})

test('a torrent that a contact has is got by its info-hash, if he trusts us', async () => {
  await using stack = new AsyncDisposableStack()
  const photos = join(stack.adopt(makeHome('photos'), removeHome), 'photos')
  writeTree(photos, { 'beach.jpg': MB })
  const [ann, bob] = [home(stack, 'ann'), home(stack, 'bob', `download-dir=${makeHome('bobs')}`)]
  await ann.start()
  await bob.start()
  await bob.run('contacts', 'add', 'ann', await ann.address())
  const torrent = `${photos}.torrent`
  const { stdout } = await runShoal(['create', photos, '-o', torrent, '--json'])
  const { infoHashV1: hash } = JSON.parse(stdout) as { infoHashV1: string }
  assert.equal((await ann.run('add', torrent, '--seed', '--dir', dirname(photos))).code, 0)
  assert.match((await bob.run('add', hash, '--from', 'ann')).stderr, /ann shares nothing with you: he must trust you/)
  await ann.run('contacts', 'trust', 'bob')
  assert.match((await bob.run('add', '0'.repeat(40), '--from', 'ann')).stderr, /ann has no such torrent/)
  assert.match((await bob.run('add', hash, '--from', 'ann', '--dir', bob.got)).stdout, /^Added: 1 photos/)
  await until('it is there', () => compareTrees(photos, join(bob.got, 'photos')).length === 0)
})

test('a receiver that is killed in the middle of a send goes on, and the sender waits for it', async () => {
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = [home(stack, 'ann', 'up-limit=4000', 'up-limit-on=true'), home(stack, 'bob', 'accept=everybody')]
  await ann.start()
  const killed = await bob.start()
  await ann.run('contacts', 'add', 'bob', await bob.address())
  const file = join(stack.adopt(makeHome('film'), removeHome), 'film.mkv')
  writeFileSync(file, Buffer.alloc(16 * MB, 'film'))
  const sending = ann.run('send', file, 'bob')
  await until('half of it came', async () => {
    const offers = JSON.parse((await bob.run('offers', '--json')).stdout) as { doneBytes: number }[]
    return (offers[0]?.doneBytes ?? 0) > 5 * MB || undefined
  })
  killed.signal('SIGKILL')
  await killed.exited()
  await bob.start()
  const sent = await sending
  assert.equal(sent.code, 0, sent.stderr)
  assert.match(sent.stdout, /bob: has all of it, verified/)
  const offers = JSON.parse((await bob.run('offers', '--json')).stdout) as { state: string; received: string[] }[]
  assert.deepEqual(offers[0]?.received, ['film.mkv'])
})
