import assert from 'node:assert/strict'
import { chmodSync, closeSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { ResumeStore } from '../../src/engine/resume.ts'
import type { FileStamp } from '../../src/io/disk/disk.ts'
import { makeHome, type Program, startProgram, until } from '../support/program.ts'

const KEY = { infoHash: 'ab'.repeat(20), dir: '/data' }
const CHILD = join(import.meta.dirname, '../support/resume-child.ts')
const TOTALS = { uploaded: 0, downloaded: 0, seedingMs: 0 }

function newStateDir(): string {
  return join(makeHome('resume'), 'state')
}

function stamp(file: number, modifiedAtMs = 0.25): FileStamp {
  return { file, sizeBytes: 5_000_000_000, modifiedAtMs }
}

function startChild(stateDir: string, infoHash: string, pieces: number, onLine: (line: string) => void): Program {
  return startProgram(process.execPath, [CHILD, stateDir, infoHash, String(pieces)], { onLine })
}

/** Changes the database behind everybody's back. */
function tamper(stateDir: string, sql: string): void {
  const db = new DatabaseSync(join(stateDir, 'shoal.db'))
  db.exec(sql)
  db.close()
}

test('a new torrent has nothing', () => {
  const store = ResumeStore.open(newStateDir())
  const { state } = store.claim(KEY)
  const { metainfo, have, unsynced, stamps, finished, recordedAtMs, ...rest } = state
  assert.deepEqual([metainfo, have, unsynced, recordedAtMs], [undefined, undefined, [], undefined])
  assert.deepEqual([stamps.size, finished.size], [0, 0])
  assert.deepEqual(rest, { wasClean: true, sameBoot: process.platform === 'linux', ...TOTALS })
  store.close()
})

test('what was kept is there in the next run', () => {
  const stateDir = newStateDir()
  const store = ResumeStore.open(stateDir)
  const record = store.claim(KEY)
  record.keepMetainfo(Uint8Array.of(1, 2, 3))
  record.keepMetainfo(Uint8Array.of(4, 5))
  record.checkpoint(Uint8Array.of(0b1010_0000, 0), [stamp(0), stamp(7, 1_763_000_000_123.456)], {
    uploaded: 2 ** 50,
    downloaded: 6,
    seedingMs: 7.6,
  })
  record.release()
  store.close()

  const again = ResumeStore.open(stateDir)
  const { state } = again.claim(KEY)
  assert.deepEqual(state.metainfo, Uint8Array.of(4, 5))
  assert.deepEqual(state.have, Uint8Array.of(0b1010_0000, 0))
  assert.deepEqual([...state.stamps.values()], [stamp(0), stamp(7, 1_763_000_000_123.456)])
  assert.deepEqual([state.uploaded, state.downloaded, state.seedingMs], [2 ** 50, 6, 8])
  assert.deepEqual([state.wasClean, state.unsynced], [true, []])
  again.close()
})

test('pieces and stamps since the checkpoint are part of what was kept, in order', () => {
  const stateDir = newStateDir()
  const store = ResumeStore.open(stateDir)
  const record = store.claim(KEY)
  record.checkpoint(Uint8Array.of(0b1000_0000, 0), [stamp(0), stamp(1)], TOTALS)
  record.pieceStored(9, [stamp(1, 10), stamp(2, 10)])
  record.pieceStored(3, [stamp(1, 12)])
  const before = Date.now()
  record.fileFinished({ ...stamp(1, 11), name: 'one (1).txt' })
  store.close()

  const again = ResumeStore.open(stateDir)
  const { state } = again.claim(KEY)
  assert.deepEqual(state.have, Uint8Array.of(0b1001_0000, 0b0100_0000))
  assert.deepEqual(state.unsynced, [9, 3])
  assert.deepEqual([...state.stamps.values()], [stamp(0), stamp(1, 12), stamp(2, 10)])
  assert.deepEqual([...state.finished], [[1, 'one (1).txt']])
  assert.ok((state.recordedAtMs ?? 0) >= before && (state.recordedAtMs ?? 0) <= Date.now())
  assert.equal(state.wasClean, false)
  again.close()
})

test('a checkpoint without stamps folds in the recorded ones, those of the run before included', () => {
  const stateDir = newStateDir()
  const first = ResumeStore.open(stateDir)
  const record = first.claim(KEY)
  record.checkpoint(Uint8Array.of(0), [stamp(0), stamp(1)], TOTALS)
  record.fileFinished({ ...stamp(1, 5), name: 'one' })
  first.close()

  const second = ResumeStore.open(stateDir)
  const taken = second.claim(KEY)
  taken.pieceStored(1, [stamp(2, 6)])
  taken.checkpoint(Uint8Array.of(0b0100_0000), undefined, TOTALS)
  taken.checkpoint(Uint8Array.of(0b0100_0000), undefined, TOTALS)
  taken.release()
  const { state } = second.claim(KEY)
  assert.deepEqual([...state.stamps.values()], [stamp(0), stamp(1, 5), stamp(2, 6)])
  assert.deepEqual([state.have, state.unsynced], [Uint8Array.of(0b0100_0000), []])
  second.close()
})

test('pieces stored while the disk was syncing stay recorded until the next checkpoint', () => {
  const stateDir = newStateDir()
  const store = ResumeStore.open(stateDir)
  const record = store.claim(KEY)
  record.pieceStored(0, [])
  const beforeSync = Uint8Array.of(0b1000_0000)
  record.pieceStored(1, [])
  record.checkpoint(beforeSync, [], TOTALS)
  record.pieceStored(2, [])
  store.close()

  const again = ResumeStore.open(stateDir)
  const taken = again.claim(KEY)
  assert.deepEqual([taken.state.have, taken.state.unsynced], [Uint8Array.of(0b1110_0000), [1, 2]])
  taken.checkpoint(Uint8Array.of(0b1110_0000), [], TOTALS)
  taken.release()
  assert.deepEqual(again.claim(KEY).state.unsynced, [])
  again.close()
})

test('pieces of the run before that the check at the start did not find are forgotten', () => {
  const stateDir = newStateDir()
  const store = ResumeStore.open(stateDir)
  const record = store.claim(KEY)
  record.checkpoint(Uint8Array.of(0), [], TOTALS)
  record.pieceStored(1, [])
  store.close()
  const again = ResumeStore.open(stateDir)
  const taken = again.claim(KEY)
  taken.checkpoint(Uint8Array.of(0b1000_0000), [], TOTALS)
  taken.release()
  assert.deepEqual(again.claim(KEY).state.have, Uint8Array.of(0b1000_0000))
  again.close()
})

test('journals that do not count are removed at a start, but not of torrents that somebody has', () => {
  const stateDir = newStateDir()
  const journals = join(stateDir, 'journal')
  const store = ResumeStore.open(stateDir)
  const record = store.claim(KEY)
  record.pieceStored(1, [])
  const [name = ''] = readdirSync(journals)
  const next = name.replace(/0$/, '1')
  for (const left of [next, '99-1-0', 'something']) writeFileSync(join(journals, left), 'x')
  ResumeStore.open(stateDir).close()
  assert.deepEqual(readdirSync(journals), [name, next])
  record.release()
  ResumeStore.open(stateDir).close()
  assert.deepEqual(readdirSync(journals), [name])
  store.forget(KEY)
  assert.deepEqual(readdirSync(journals), [])
  store.close()
})

test('the same torrent in another folder is another one', () => {
  const store = ResumeStore.open(newStateDir())
  store.claim(KEY).checkpoint(Uint8Array.of(1), [], TOTALS)
  assert.equal(store.claim({ ...KEY, dir: '/elsewhere' }).state.have, undefined)
  store.close()
})

test('a torrent is claimed once in a process, too, until it is released', () => {
  const stateDir = newStateDir()
  const [store, other] = [ResumeStore.open(stateDir), ResumeStore.open(stateDir)]
  const record = store.claim(KEY)
  for (const one of [store, other]) {
    assert.throws(() => one.claim(KEY), { name: 'AppError', code: 'busy', message: /in use by this process/ })
  }
  record.release()
  other.claim(KEY).release()
  store.claim(KEY)
  store.close()
  assert.equal(other.claim(KEY).state.wasClean, false)
  other.close()
})

test('the state is for its owner only', () => {
  const stateDir = newStateDir()
  ResumeStore.open(stateDir).close()
  assert.equal(statSync(stateDir).mode & 0o777, 0o700)
  assert.equal(statSync(join(stateDir, 'shoal.db')).mode & 0o777, 0o600)
})

test('a killed process loses no piece that was recorded, wherever the kill falls', async () => {
  const stateDir = newStateDir()
  const pieceCount = 4096
  const recorded = new Set<number>()
  for (let run = 0; run < 8; run++) {
    let inRun = 0
    await using child = startChild(stateDir, KEY.infoHash, pieceCount, (line) => {
      if (!/^\d+$/.test(line)) return
      recorded.add(Number(line))
      if (++inRun === 1 + run * 13) child.signal('SIGKILL')
    })
    assert.equal(await child.exited(), undefined, child.lastLines())

    const store = ResumeStore.open(stateDir)
    const record = store.claim(KEY)
    const { have, wasClean, sameBoot, stamps } = record.state
    assert.ok(have !== undefined && !wasClean && sameBoot)
    assert.equal(have.length, pieceCount / 8)
    const isKept = (piece: number): boolean => ((have[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0
    const lost = [...recorded].filter((piece) => !isKept(piece))
    assert.deepEqual(lost, [])
    // One may be recorded whose number was not printed any more.
    const latest = Math.max(...recorded)
    const newest = isKept(latest + 1) ? latest + 1 : latest
    assert.deepEqual(stamps.get(newest % 3), { file: newest % 3, sizeBytes: 1000, modifiedAtMs: newest + 0.5 })
    store.close()
  }
})

test('what another process runs is busy and its number is told; a kill frees it', async () => {
  const stateDir = newStateDir()
  const lines: string[] = []
  await using child = startChild(stateDir, KEY.infoHash, 0, (line) => lines.push(line))
  await until('a claim', () => lines.includes('claimed'), { program: child })
  const store = ResumeStore.open(stateDir)
  assert.throws(() => store.claim(KEY), { code: 'busy', message: new RegExp(`process ${child.pid}:`) })
  child.signal('SIGKILL')
  await child.exited()
  const record = store.claim(KEY)
  assert.equal(record.state.wasClean, false)
  record.release()
  assert.equal(store.claim(KEY).state.wasClean, true)
  store.close()
})

test('a process number that was given to another does not hold a claim', {
  skip: process.platform !== 'linux',
}, async () => {
  const stateDir = newStateDir()
  const lines: string[] = []
  await using child = startChild(stateDir, KEY.infoHash, 0, (line) => lines.push(line))
  await until('a claim', () => lines.includes('claimed'), { program: child })
  tamper(stateDir, "UPDATE processes SET started_at = '1'")
  const store = ResumeStore.open(stateDir)
  store.claim(KEY)
  store.close()
})

test('after a restart of the machine, pieces since the checkpoint are of the boot before until they were checked', () => {
  const stateDir = newStateDir()
  const before = ResumeStore.open(stateDir)
  const record = before.claim(KEY)
  record.checkpoint(Uint8Array.of(0), [], TOTALS)
  record.pieceStored(1, [])
  before.close()
  tamper(stateDir, "UPDATE torrents SET journal_boot_id = 'earlier'")

  const interrupted = ResumeStore.open(stateDir)
  assert.equal(interrupted.claim(KEY).state.sameBoot, false)
  interrupted.close()
  const again = ResumeStore.open(stateDir)
  const taken = again.claim(KEY)
  assert.deepEqual([taken.state.sameBoot, taken.state.unsynced], [false, [1]])
  taken.checkpoint(Uint8Array.of(0b0100_0000), [], TOTALS)
  taken.release()
  assert.equal(again.claim(KEY).state.sameBoot, process.platform === 'linux')
  again.close()
})

test('many processes start, record and end at once in one state folder', async () => {
  const stateDir = newStateDir()
  const hashes = ['01', '02', '03', '04', '05', '06'].map((byte) => byte.repeat(20))
  const children = hashes.map((hash) => startChild(stateDir, hash, 400, () => {}))
  await using stack = new AsyncDisposableStack()
  children.forEach((child) => stack.use(child))
  const codes = await Promise.all(children.map((child) => child.exited()))
  assert.deepEqual(codes, [0, 0, 0, 0, 0, 0], children.map((child) => child.lastLines()).join('\n'))

  const store = ResumeStore.open(stateDir)
  for (const infoHash of hashes) {
    const { have, unsynced, wasClean } = store.claim({ infoHash, dir: '/data' }).state
    assert.deepEqual([have, unsynced, wasClean], [new Uint8Array(50).fill(255), [], true])
  }
  store.close()
})

test('of many processes that want the same torrent one gets it', async () => {
  const stateDir = newStateDir()
  const lines: string[] = []
  const children = Array.from({ length: 4 }, () => startChild(stateDir, KEY.infoHash, 0, (line) => lines.push(line)))
  await using stack = new AsyncDisposableStack()
  children.forEach((child) => stack.use(child))
  const running = (): Program[] => children.filter((child) => !child.hasExited())
  await until('three to give up', () => running().length === 1 && lines.length === 1)
  for (const child of children) {
    if (child.hasExited()) assert.match(child.lastLines(), new RegExp(`in use by process ${running()[0]?.pid}`))
  }
})

test('a damaged database is an error with a way out', () => {
  const stateDir = newStateDir()
  const store = ResumeStore.open(stateDir)
  store.claim(KEY).checkpoint(new Uint8Array(20_000), [], TOTALS)
  store.close()
  const fd = openSync(join(stateDir, 'shoal.db'), 'r+')
  writeSync(fd, Buffer.alloc(8 * 4096, 0xff), 0, 8 * 4096, 4096)
  closeSync(fd)
  const use = (): void => {
    const damaged = ResumeStore.open(stateDir)
    try {
      damaged.claim(KEY)
    } finally {
      damaged.close()
    }
  }
  assert.throws(use, { name: 'AppError', code: 'disk-error', message: /shoal\.db is damaged: move it away/ })
})

test('a state folder that may not be written is an error with a way out', () => {
  const home = makeHome('resume')
  const closed = join(home, 'closed')
  const isOpen = join(home, 'open')
  ResumeStore.open(closed).close()
  ResumeStore.open(isOpen).close()
  chmodSync(home, 0o755)
  chmodSync(join(closed, 'shoal.db'), 0o444)
  chmodSync(closed, 0o555)
  chmodSync(join(isOpen, 'shoal.db'), 0o444)
  chmodSync(isOpen, 0o777)
  const refused = { name: 'AppError', code: /^disk-(permission|read-only)$/, message: /choose another/ }
  asNobody(() => {
    for (const dir of [closed, isOpen, join(closed, 'new')]) assert.throws(() => ResumeStore.open(dir), refused, dir)
  })
  for (const dir of [closed, isOpen]) chmodSync(dir, 0o700)
})

/** Permissions do not bind the superuser. */
function asNobody(work: () => void): void {
  const me = process.geteuid?.()
  if (me === 0) process.seteuid?.(65_534)
  try {
    work()
  } finally {
    if (me === 0) process.seteuid?.(0)
  }
}
