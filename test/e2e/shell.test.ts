// The shell, piped as scripts use it, and in a terminal (tmux) as a person sees it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, until } from '../support/program.ts'
import { runShoal, startShoal } from '../support/shoal.ts'
import { skipWithoutTerminal, Terminal } from '../support/terminal.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const skip = skipWithoutTerminal

/** Where the shell listens must be any port that is free: other tests run beside. */
const ENV = {
  ...process.env,
  SHOAL_LISTEN: '127.0.0.1:0',
  SHOAL_RPC_LISTEN: '127.0.0.1:0',
  SHOAL_DIRECT_ON: 'false',
  SHOAL_DEBUG: '',
}

async function piped(stateDir: string, input: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, 'shell', '--state-dir', stateDir], { env: ENV })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number]
  return { code, stdout, stderr }
}

async function someTorrent(): Promise<{ home: string; torrent: string }> {
  const home = makeHome('shell')
  writeFileSync(join(home, 'song.ogg'), 'la la la '.repeat(10_000))
  const torrent = join(home, 'song.torrent')
  const { code, stderr } = await runShoal(['create', join(home, 'song.ogg'), '-o', torrent])
  assert.equal(code, 0, stderr)
  return { home, torrent }
}

test('lines from a pipe are obeyed in turn, the last one without its end too', async () => {
  const { home, torrent } = await someTorrent()
  const lines = [
    `add '${torrent}' --dir "${home}" --seed --label x`,
    'list --json',
    '',
    'stop song',
    'list --json',
    'verify song',
  ]
  const { code, stdout, stderr } = await piped(join(home, 'state'), lines.join('\n'))
  assert.equal(stderr, '')
  assert.equal(code, 0)
  const [added, before, stopped, after, checking] = stdout.split('\n')
  assert.match(checking ?? '', /^Checking: song\.ogg/)
  assert.equal(added, 'Added: 1 song.ogg')
  assert.equal(stopped, 'Stopped: 1 song.ogg')
  const [row] = JSON.parse(before ?? '') as { labels: string[] }[]
  assert.deepEqual(row?.labels, ['x'])
  assert.equal((JSON.parse(after ?? '') as { status: number }[])[0]?.status, 0)
})

test('a line that fails says why, the next ones are obeyed, and the exit code tells', async () => {
  const { code, stdout, stderr } = await piped(
    makeHome('shell'),
    'nonsense\nstop "nobody\nstop nobody\nstatus\nexit\nlist\n',
  )
  assert.equal(code, 6)
  assert.match(stderr, /unknown command 'nonsense'[^]*a quote or backslash has no end[^]*there is no torrent "nobody"/)
  assert.match(stdout, /^Shoal .* runs as process/)
  assert.ok(!stdout.includes('No torrents'), 'nothing is obeyed after exit')
})

test('in a terminal: TAB completes, news do not tear the line, Ctrl-C clears it, history stays', { skip }, async () => {
  const { home } = await someTorrent()
  const state = join(home, 'state')
  using terminal = new Terminal([process.execPath, MAIN, 'shell', '--state-dir', state], ENV)
  const shows = (text: string | RegExp): Promise<void> => terminal.shows(text)
  const type = (...keys: string[]): void => terminal.type(...keys)
  await shows(/TAB completes.*\nshoal>/)
  type(`add ${home}/song.t`, 'Tab')
  await shows('song.torrent') // tmux cuts spaces at the end
  type('-d ', home, 'Enter')
  await shows('Added: 1 song.ogg')
  // It is complete once its file was checked; meanwhile somebody types.
  type('pie', 'Tab')
  await shows('shoal> pieces')
  type('so', 'Tab')
  await shows('shoal> pieces song.ogg')
  type('Enter')
  await shows(/\d of 6 pieces are here/)
  type('rubbish', 'C-c')
  await shows(/rubbish\^C\nshoal>\n/)
  type('exit', 'Enter')
  await terminal.ended()
  const history = readFileSync(join(state, 'history'), 'utf8').split('\n')
  assert.deepEqual(history, [`add ${home}/song.torrent -d ${home}`, 'pieces song.ogg ', 'exit', ''])
})

/** Again and again, as a person does who waits for something. */
function asks(terminal: Terminal, command: string, answer: RegExp): Promise<unknown> {
  const isShown = (): true | undefined => {
    terminal.type(command, 'Enter')
    return answer.test(terminal.screen) || undefined
  }
  return until(`${command} shows ${answer}`, isShown, { everyMs: 500 })
}

test('two shells and a tracker: share in one, download in the other, look, stop, and go on', { skip }, async () => {
  const home = makeHome('shells')
  await using tracker = startShoal(['tracker', '--port', '0', '--host', '127.0.0.1'])
  const url = String((await tracker.event('listening'))['url'])
  const photos = join(home, 'photos')
  writeTree(photos, { 'beach.jpg': 3_000_000, 'notes/a.txt': 10 })
  const shell = (name: string): Terminal =>
    new Terminal([process.execPath, MAIN, 'shell', '--state-dir', join(home, name)], {
      ...ENV,
      SHOAL_DOWNLOAD_DIR: join(home, 'got'),
      ...(name === 'ann' && { SHOAL_UP_LIMIT: '300', SHOAL_UP_LIMIT_ON: 'true' }),
    })
  using ann = shell('ann')
  using bob = shell('bob')
  await ann.shows(/shoal>/)
  await bob.shows(/shoal>/)
  ann.type(`share ${photos} -t ${url} -o ${home}/photos.torrent`, 'Enter')
  await ann.shows('The daemon gives it to others from now on.')
  bob.type(`add ${home}/photos.torrent`, 'Enter')
  await bob.shows('Added: 1 photos')
  await asks(bob, 'peers photos', /127\.0\.0\.1:\d+ +Shoal/)
  bob.type('pieces photos', 'Enter')
  await bob.shows(/\d+ of \d+ pieces are here/)
  bob.type('stop photos', 'Enter')
  await bob.shows('Stopped: 1 photos')
  bob.type('list', 'Enter')
  await bob.shows(/photos .*stopped/)
  ann.type('config up-limit-on false', 'Enter')
  await ann.shows(/up-limit-on +false/)
  bob.type('start photos', 'Enter')
  await bob.shows('Started: 1 photos')
  await asks(bob, 'list', /photos .*100% +seeding/)
  ann.type('trackers photos', 'Enter')
  await ann.shows(/Tracker +Tier +Said/)
  for (const terminal of [bob, ann]) {
    terminal.type('exit', 'Enter')
    await terminal.ended()
  }
  assert.deepEqual(compareTrees(photos, join(home, 'got/photos')), [])
  await until('the tracker was told goodbye', () => tracker.last('serving')?.['peers'] === 0)
})
