// The program as a process: exit codes, one-line errors, and that help names everything.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { buildProgram } from '../../src/cli/program.ts'
import { EXIT_CODE_MEANINGS } from '../../src/cli/exit-codes.ts'
import { infoOf, torrentOf } from './torrents.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const FOLDER = mkdtempSync(join(tmpdir(), 'shoal-test-'))
after(() => rmSync(FOLDER, { recursive: true }))
const TORRENT = join(FOLDER, 'photos.torrent')
writeFileSync(TORRENT, torrentOf(infoOf({ 'a\u202eb.jpg': 5, 'sub/c.txt': 70_000 }), [['http://t.example/announce']]))

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function shoal(...args: readonly string[]): Ended {
  return spawnSync(process.execPath, [MAIN, ...args], { cwd: FOLDER, encoding: 'utf8' })
}

function refusal(code: number, sentence: RegExp, ...args: readonly string[]): void {
  const { status, stdout, stderr } = shoal(...args)
  assert.match(stderr, /^shoal: [^\n]+\n$/, 'one line')
  assert.match(stderr, sentence)
  assert.equal(stdout, '')
  assert.equal(status, code)
}

test('help of every command names every option and has an example', () => {
  for (const command of buildProgram().commands) {
    const { status, stdout } = shoal('help', command.name())
    assert.equal(status, 0)
    for (const option of command.options) assert.ok(stdout.includes(option.long ?? ''), option.flags)
    if (command.name() !== 'tour') assert.match(stdout, /Examples?:\n +shoal /, command.name())
  }
})

test('help of the program names every command and every exit code', () => {
  const { stdout } = shoal('--help')
  for (const command of buildProgram().commands) assert.match(stdout, new RegExp(`^ +${command.name()} `, 'm'))
  for (const [code, meaning] of Object.entries(EXIT_CODE_MEANINGS)) assert.ok(stdout.includes(`${code}  ${meaning}`))
})

test('--version prints the version alone', () => {
  assert.match(shoal('--version').stdout, /^\d+\.\d+\.\d+\n$/)
})

test('a wrong command line is refused with code 2', () => {
  refusal(2, /unknown command 'nonsense'/, 'nonsense')
  refusal(2, /there is no such command/, 'help', 'nonsense')
  refusal(2, /missing required argument 'torrent'/, 'download')
  refusal(2, /too many arguments/, 'info', TORRENT, TORRENT)
  refusal(2, /unknown option '--bogus'/, 'info', '--bogus', TORRENT)
  refusal(2, /Expected a number from 0 to 65535/, 'tracker', '--port', '99999')
  refusal(2, /Expected ip:port/, 'seed', TORRENT, '--listen', 'localhost')
  refusal(2, /'--v1' cannot be used with option '--v2'/, 'create', FOLDER, '--v1', '--v2')
  refusal(2, /is a folder/, 'info', FOLDER)
  refusal(2, /magnet link does not hold/, 'verify', `magnet:?xt=urn:btih:${'a'.repeat(40)}`)
})

test('a damaged torrent or link is refused with code 3', () => {
  const damaged = join(FOLDER, 'damaged.torrent')
  writeFileSync(damaged, 'd4:infod6:lengthi-1eee')
  refusal(3, /the torrent is damaged: /, 'info', damaged)
  refusal(3, /the magnet link is damaged: /, 'info', 'magnet:?xt=urn:btih:zz')
  writeFileSync(damaged, Buffer.alloc(10 * 1024 * 1024 + 1))
  refusal(3, /has more than/, 'info', damaged)
})

test('what is not there is refused with code 6', () => {
  refusal(6, /cannot read "none.torrent": there is no such file/, 'info', 'none.torrent')
})

test('a web server that cannot be reached is refused with code 5', () => {
  refusal(5, /127.0.0.1:1/, 'info', 'http://127.0.0.1:1/photos.torrent')
})

test('with --json an error is an event too', () => {
  const { status, stdout, stderr } = shoal('info', '--json', 'none.torrent')
  assert.equal(status, 6)
  assert.match(stderr, /^shoal: [^\n]+\n$/)
  const event: unknown = JSON.parse(stdout)
  assert.deepEqual(event, { event: 'error', code: 'not-found', message: stderr.slice('shoal: '.length, -1) })
})

test('info --json prints one object with the names that other programs read', () => {
  const { status, stdout } = shoal('info', '--json', TORRENT)
  assert.equal(status, 0)
  const { magnet, ...info } = JSON.parse(stdout) as Record<string, unknown>
  assert.match(String(magnet), /^magnet:\?xt=urn:btih:/)
  assert.match(String(info['infoHashV1']), /^[0-9a-f]{40}$/)
  assert.deepEqual(info, {
    infoHashV1: info['infoHashV1'],
    infoHashV2: null,
    name: 'photos',
    totalSize: 70_005,
    numFiles: 2,
    pieceLength: 16_384,
    pieces: 5,
    private: false,
    files: [
      { path: 'photos/ab.jpg', length: 5 },
      { path: 'photos/sub/c.txt', length: 70_000 },
    ],
    trackers: ['http://t.example/announce'],
    webseeds: [],
    peers: [],
    so: null,
    comment: 'for \x1b[31mtests',
    createdBy: null,
    creationDate: null,
    source: null,
  })
})

test('info --json of a magnet link tells what is in the link, and null for the rest', () => {
  const hash = 'ab'.repeat(20)
  const link = `magnet:?xt=urn:btih:${hash}&dn=a&tr=udp://t:1&ws=http://w/&x.pe=[::1]:5&so=0,2-3`
  const info = JSON.parse(shoal('info', '--json', link).stdout) as Record<string, unknown>
  assert.equal(info['infoHashV1'], hash)
  assert.deepEqual([info['trackers'], info['webseeds'], info['peers']], [['udp://t:1'], ['http://w/'], ['[::1]:5']])
  assert.deepEqual([info['so'], info['files'], info['totalSize']], [[0, 2, 3], null, null])
})

test('info for people lists the files and prints no control character', () => {
  const { stdout } = shoal('info', TORRENT)
  assert.match(stdout, /^Files +5 B {2}photos\/ab.jpg\n +70.0 kB {2}photos\/sub\/c.txt\n/m)
  assert.match(stdout, /^Comment +for \[31mtests$/m)
  assert.ok(!stdout.includes('\x1b'))
})

test('a reader that goes away is no error', async () => {
  const child = spawn(process.execPath, [MAIN, 'info', TORRENT], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let stderr = ''
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  assert.deepEqual(await once(child, 'close'), [0, null])
  assert.equal(stderr, '')
})

test('a tracker listens, tells its URLs, and ends with code 0 at SIGINT', async () => {
  const args = ['tracker', '--port', '0', '--host', '127.0.0.1', '--json']
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  for await (const chunk of child.stdout) {
    stdout += String(chunk)
    if (stdout.includes('serving')) child.kill('SIGINT')
  }
  if (child.exitCode === null) await once(child, 'exit')
  assert.equal(child.exitCode, 0)
  const [first = ''] = stdout.split('\n')
  const { event, address, url } = JSON.parse(first) as Record<string, unknown>
  assert.deepEqual([event, url], ['listening', `http://${String(address)}/announce`])
})
