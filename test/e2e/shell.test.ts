// The shell, piped as scripts use it, and in a terminal (tmux) as a person sees it.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findProgram, makeHome, until } from '../support/program.ts'
import { runShoal } from '../support/shoal.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const TMUX = findProgram('tmux')
const skip = TMUX === undefined ? 'tmux is not installed' : false

/** Where the shell listens must be any port that is free: other tests run beside. */
const ENV = { ...process.env, SHOAL_LISTEN: '127.0.0.1:0', SHOAL_RPC_LISTEN: '127.0.0.1:0', SHOAL_DEBUG: '' }

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
  const [state, socket] = [join(home, 'state'), join(home, 'tmux')]
  const tmux = (...args: string[]): string =>
    spawnSync(TMUX ?? '', ['-S', socket, '-f', '/dev/null', ...args], { encoding: 'utf8', env: ENV }).stdout
  const screen = (): string => tmux('capture-pane', '-p', '-t', 's')
  const type = (...keys: string[]): string => tmux('send-keys', '-t', 's', '--', ...keys)
  const shows = (text: string | RegExp): Promise<unknown> =>
    until(`the screen shows ${text}`, () => screen().match(text) !== null || undefined).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${screen()}`)
    })
  const command = `'${process.execPath}' '${MAIN}' shell --state-dir '${state}'`
  tmux('new-session', '-d', '-s', 's', '-x', '100', '-y', '30', command)
  try {
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
    await until('the shell has ended', () => !tmux('list-sessions').includes('s:') || undefined)
    const history = readFileSync(join(state, 'history'), 'utf8').split('\n')
    assert.deepEqual(history, [`add ${home}/song.torrent -d ${home}`, 'pieces song.ogg ', 'exit', ''])
  } finally {
    tmux('kill-server')
  }
})
