// With a LocalSend program that others wrote (npm: localsend), both ways. It looks for devices in the whole network, so
// both live in a network namespace that leads nowhere; docs/protocols/interop.md says what differed.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, startProgram, until } from '../support/program.ts'
import { runShoal, type ShoalResult } from '../support/shoal.ts'
import { patternBytes } from '../support/torrents.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const THEIRS = join(import.meta.dirname, '../../tools/localsend/node_modules/localsend/dist/cli.js')

function reasonToSkip(): string | false {
  if (!existsSync(THEIRS)) return 'needs npm install in tools/localsend'
  const name = `shoal-probe-${process.pid}`
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'needs the right to make network namespaces'
  spawnSync('ip', ['netns', 'delete', name])
  return false
}
const skip = reasonToSkip()

/** A place of its own: nothing in it is reached from outside, nor leads there. Any port is free. */
class Place implements Disposable {
  static #count = 0
  readonly #name = `shoal-localsend-${process.pid}-${++Place.#count}`

  constructor() {
    execFileSync('ip', ['netns', 'add', this.#name])
    execFileSync('ip', ['-n', this.#name, 'link', 'set', 'lo', 'up'])
  }

  inside(...command: string[]): [program: string, ...args: string[]] {
    return ['ip', 'netns', 'exec', this.#name, ...command]
  }

  [Symbol.dispose](): void {
    spawnSync('ip', ['netns', 'delete', this.#name])
  }
}

const THEIR_PORT = '53317'
const OUR_PORT = '53318'

async function stage(stack: AsyncDisposableStack, theirOptions: readonly string[], settings: readonly string[]) {
  const place = stack.use(new Place())
  const home = makeHome('localsend')
  const [state, got, theirs] = ['state', 'got', 'theirs'].map((name) => join(home, name)) as [string, string, string]
  for (const dir of [got, theirs]) mkdirSync(dir)
  const start = (...words: string[]): ReturnType<typeof startProgram> => {
    const [program, ...args] = place.inside(...words)
    return stack.use(startProgram(program, args, { env: { SHOAL_DIRECT_ON: 'true' } }))
  }
  const node = process.execPath
  const receiver = ['receive', '--alias', 'Theirs', '--port', THEIR_PORT, '--saveDir', theirs, ...theirOptions]
  const other = start(node, THEIRS, ...receiver, '--autoAccept')
  const set = ['name=Ours', `direct-port=${OUR_PORT}`, `receive-dir=${got}`, ...settings].flatMap((one) => [
    '--set',
    one,
  ])
  const listen = ['--listen', '127.0.0.1:0', '--rpc-listen', '127.0.0.1:0']
  const daemon = start(node, MAIN, 'daemon', '--state-dir', state, ...listen, ...set)
  const shoal = (...words: string[]): Promise<ShoalResult> =>
    runShoal([...words, '--state-dir', state], { command: place.inside(node, MAIN) })
  await until('the daemon serves', () => daemon.lastLines().includes('rpc') || undefined, { program: daemon })
  await until(
    'the other one is there',
    async () => {
      const added = await shoal('contacts', 'add', `other-${Date.now()}`, `127.0.0.1:${THEIR_PORT}`)
      return added.stdout.includes('met') || undefined
    },
    { program: other, everyMs: 300 },
  )
  const contacts = JSON.parse((await shoal('contacts', '--json')).stdout) as {
    contacts: { name: string; kind: string }[]
  }
  const contact = contacts.contacts.find(({ kind }) => kind === 'localsend')?.name ?? assert.fail()
  const theirSend = (path: string, ...more: string[]): ReturnType<typeof startProgram> =>
    start(node, THEIRS, 'send', '127.0.0.1', path, '--port', OUR_PORT, '--protocol', 'https', ...more)
  return { home, got, theirs, shoal, contact, theirSend }
}

test('we send files and folders, and say something, to it', { skip }, async () => {
  await using stack = new AsyncDisposableStack()
  const { home, theirs, shoal, contact } = await stage(stack, [], [])
  writeTree(join(home, 'photos'), { 'beach.jpg': 3_000_000, 'notes/a.txt': 10 })
  const sent = await shoal('send', join(home, 'photos'), contact)
  assert.equal(sent.code, 0, sent.stderr)
  assert.match(sent.stdout, /has all of it \(2 files, 3\.00 MB\)/)
  assert.deepEqual(compareTrees(join(home, 'photos'), join(theirs, 'photos')), [])
  const said = await shoal('say', 'hello you', '--to', contact)
  assert.match(said.stdout, /has it/)
  const [text = ''] = globSync('*.txt', { cwd: theirs })
  assert.equal(readFileSync(join(theirs, text), 'utf8'), 'hello you')
})

test('it asks for a PIN', { skip }, async () => {
  await using stack = new AsyncDisposableStack()
  const { home, theirs, shoal, contact } = await stage(stack, ['--pin', '4711'], [])
  const path = join(home, 'file')
  writeFileSync(path, 'words')
  const refused = await shoal('send', path, contact)
  assert.notEqual(refused.code, 0)
  assert.match(refused.stderr, /asks for a PIN/)
  const sent = await shoal('send', path, contact, '--pin', '4711')
  assert.equal(sent.code, 0, sent.stderr)
  assert.equal(readFileSync(join(theirs, 'file'), 'utf8'), 'words')
})

test('it sends to us; we say no, and yes; and ask for a PIN', { skip }, async () => {
  await using stack = new AsyncDisposableStack()
  const { home, got, shoal, theirSend } = await stage(stack, [], ['pin=4711'])
  const bytes = patternBytes(2_000_000, 1)
  const path = join(home, 'song.ogg')
  writeFileSync(path, bytes)
  await theirSend(path, '--pin', '1').exited()
  assert.ok(!existsSync(join(got, 'song.ogg')))
  const answer = async (word: 'accept' | 'decline', id: string): Promise<void> => {
    await until('we answer', async () => (await shoal(word, id)).code === 0 || undefined, { everyMs: 300 })
  }
  const declined = theirSend(path, '--pin', '4711')
  await answer('decline', '1')
  await declined.exited()
  assert.ok(!existsSync(join(got, 'song.ogg')))
  const accepted = theirSend(path, '--pin', '4711')
  await answer('accept', '2')
  await accepted.exited()
  assert.deepEqual(readFileSync(join(got, 'song.ogg')), Buffer.from(bytes))
  assert.match((await shoal('offers')).stdout, /\(unproven\) .*song\.ogg/)
})
