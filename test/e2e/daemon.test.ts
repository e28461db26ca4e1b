// The daemon as users run it: two of them and a tracker as programs, told what to do by the commands.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { asRecord } from '../support/json.ts'
import { makeHome, removeHome, until } from '../support/program.ts'
import { type RunningShoal, runShoal, type ShoalEvent, startShoal } from '../support/shoal.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MB = 1_000_000
const MIB = 1024 * 1024

interface Box {
  readonly state: string
  /** A command, with what it prints as JSON. */
  readonly say: (...words: string[]) => Promise<ShoalEvent[]>
  readonly start: (...options: string[]) => Promise<RunningShoal>
}

function box(home: string, name: string): Box {
  const state = join(home, name)
  return {
    state,
    async say(...words) {
      const { code, stdout, stderr } = await runShoal([...words, '--state-dir', state, '--json'])
      assert.equal(code, 0, stderr)
      const values = stdout.split('\n').flatMap((line): unknown => (line === '' ? [] : JSON.parse(line)))
      return values.map(asRecord)
    },
    async start(...options) {
      const args = ['--state-dir', state, '--listen', '127.0.0.1:0', '--rpc-listen', '127.0.0.1:0']
      const daemon = startShoal(['daemon', ...args, ...options])
      await daemon.event('api')
      return daemon
    },
  }
}

async function swarm(stack: AsyncDisposableStack, sizes: Readonly<Record<string, number>>) {
  const home = stack.adopt(makeHome('daemon'), removeHome)
  const tree = join(home, 'tree')
  writeTree(tree, sizes)
  mkdirSync(join(home, 'got'))
  const tracker = stack.use(startShoal(['tracker', '--port', '0', '--host', '127.0.0.1']))
  const url = String((await tracker.event('listening'))['url'])
  const torrent = join(home, 'tree.torrent')
  const made = await runShoal(['create', tree, '-o', torrent, '-t', url, '--piece-length', '256K'])
  assert.equal(made.code, 0, made.stderr)
  const [ann, bob] = [box(home, 'ann'), box(home, 'bob')]
  stack.use(await ann.start())
  await ann.say('add', torrent, '--dir', home, '--seed')
  return { home, tree, torrent, tracker, ann, bob, got: join(home, 'got') }
}

const listed = async ({ say }: Box): Promise<ShoalEvent> => (await say('list'))[0] ?? {}

test('two daemons and a tracker: add, look, stop, go on, and a goodbye to the tracker', async () => {
  await using stack = new AsyncDisposableStack()
  const { tree, torrent, tracker, ann, bob, got } = await swarm(stack, { 'a.bin': 6 * MB, 'b/c.bin': 2 * MB })
  const daemon = stack.use(await bob.start('--download-dir', got, '--set', 'alt-up-limit=321'))
  const [setting] = await bob.say('config', 'alt-up-limit')
  assert.equal(setting?.['value'], 321)
  await ann.say('set', '1', '--up-limit', '2M')
  const [info] = await ann.say('info', 'tree')
  assert.deepEqual([info?.['name'], info?.['totalSize']], ['tree', 8 * MB])
  await bob.say('add', torrent, '--label', 'test')
  await until('something is here', async () => Number((await listed(bob))['percent_done']) > 0)
  const [peers] = await bob.say('peers', 'tree')
  assert.equal((asRecord(peers)['peers'] as unknown[]).length, 1)
  await bob.say('stop', 'tree')
  const stopped = Number((await listed(bob))['percent_done'])
  assert.ok(stopped > 0 && stopped < 1, `${stopped}`)
  await ann.say('set', '1', '--no-up-limit')
  await bob.say('start', 'tree')
  await until('all is here', async () => Number((await listed(bob))['percent_done']) === 1)
  await until('it has its names', async () => (await listed(bob))['status'] === 6)
  assert.deepEqual(compareTrees(tree, join(got, 'tree')), [])
  const second = await runShoal(['daemon', '--state-dir', bob.state])
  assert.equal(second.code, 7)
  assert.match(second.stderr, new RegExp(`as process ${daemon.pid}`))
  await until('the tracker knows both', () => tracker.last('serving')?.['peers'] === 2)
  daemon.signal('SIGTERM')
  assert.equal(await daemon.exited(), 0)
  await until('the tracker was told', () => tracker.last('serving')?.['peers'] === 1)
  const nobody = await runShoal(['status', '--state-dir', bob.state])
  assert.equal(nobody.code, 6)
  assert.match(nobody.stderr, /no daemon runs on .*start one with "shoal daemon"/)
})

test('without a daemon a command is one for its life: what it is told is kept, looked at, and carried out by the next', async () => {
  await using stack = new AsyncDisposableStack()
  const { tree, torrent, bob, got } = await swarm(stack, { 'a.bin': MB, 'b.txt': 10 })
  const run = (...words: string[]): ReturnType<typeof runShoal> => runShoal([...words, '--state-dir', bob.state])
  const added = await run('add', torrent, '--dir', got, '--label', 'kept')
  assert.equal(added.code, 0, added.stderr)
  assert.match(added.stdout, /^Added: 1 tree\nNo daemon runs: it goes on with "shoal daemon"/)
  // Two at once: one is the daemon, and the other finds it.
  const both = await Promise.all([run('list'), run('files', '1')])
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
    both.map(({ stderr }) => stderr).join(),
  )
  assert.match(both[0]?.stdout ?? '', /tree .* 0% +waiting/)
  await bob.say('set', 'tree', '--skip', 'b.txt', '--no-up-limit')
  const followed = await run('follow')
  assert.equal(followed.code, 0, followed.stderr)
  const one = await listed(bob)
  assert.deepEqual([one['percent_done'], one['labels']], [1, ['kept']])
  assert.deepEqual(compareTrees(tree, join(got, 'tree')).length, 1, 'all but the file that was left out')
})

test('share and download hand over to the daemon that runs, and say so', async () => {
  await using stack = new AsyncDisposableStack()
  const { home, tree, torrent, ann, bob, got } = await swarm(stack, { 'a.bin': 2 * MB, 'b/c.bin': MB, 'b/d.txt': 10 })
  stack.use(await bob.start())
  const told = await bob.say('download', torrent, '--dir', got, '--select', '*.bin', '--up-limit', '5M')
  assert.equal(told.at(-1)?.['message'], 'The daemon gives it to others from now on.')
  assert.equal(told.find(({ event }) => event === 'done')?.['total'], 3 * MB)
  const names = compareTrees(tree, join(got, 'tree'))
  assert.deepEqual(names.length, 1, names.join())
  const [row] = await bob.say('list')
  assert.deepEqual([row?.['status'], row?.['size_when_done']], [6, 3 * MB])
  const again = await bob.say('download', torrent, '--dir', got)
  assert.ok(again.some(({ event }) => event === 'done'))
  assert.deepEqual(compareTrees(tree, join(got, 'tree')), [])
  const file = join(home, 'song')
  writeTree(file, { 'la.ogg': 1000 })
  const shared = await ann.say('share', file)
  assert.ok(shared.some(({ event }) => event === 'created'))
  assert.equal((await ann.say('list')).length, 2)
  const nothing = await runShoal(['download', torrent, '--dir', got, '--state-dir', bob.state, '--select', 'nothing*'])
  assert.equal(nothing.code, 6)
})

test('killed at 20 random moments, the daemon goes on by itself and fetches little twice', async () => {
  await using stack = new AsyncDisposableStack()
  const sizes = { 'big.bin': 290 * MB, 'small/one.bin': 9 * MB, 'small/two.bin': MB }
  const total = 300 * MB
  const { tree, torrent, ann, bob, got } = await swarm(stack, sizes)
  await ann.say('set', '1', '--up-limit', '20M')
  const kills = 20
  let least = 0
  for (let n = 0; n < kills; n++) {
    await using daemon = await bob.start('--download-dir', got)
    if (n === 0) await bob.say('add', torrent)
    const enough = Math.min(total * 0.95, least + (Math.random() * total) / kills)
    const done = async (): Promise<number> => Number((await listed(bob))['percent_done']) * total
    await until('it has gone on', async () => (await done()) > enough)
    least = await done()
    daemon.signal('SIGKILL')
    await daemon.exited()
  }
  stack.use(await bob.start('--download-dir', got))
  const first = Number((await listed(bob))['percent_done']) * total
  assert.ok(first >= least || (await listed(bob))['status'] === 2, `${first} bytes are left of ${least}`)
  await until('all is here', async () => (await listed(bob))['status'] === 6)
  assert.deepEqual(compareTrees(tree, join(got, 'tree')), [])
  const { upload_ratio: ratio = 0 } = await listed(ann)
  const twice = Number(ratio) * total - total
  assert.ok(twice <= kills * 32 * MIB, `${twice} bytes were sent again`) // what may be under way: io/disk/piece-buffers.ts
})
