// Uploads from a browser: in parts, on after a broken connection and a restart, never over what is there.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { ABANDONED_MS, IDLE_MS, MAX_OPEN, Uploads } from '../../src/daemon/uploads.ts'
import { type ServedDaemon, serveDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { uploaderTo } from '../support/uploads.ts'

const dirOf = (it: ServedDaemon): string => it.daemon.settings['download-dir']
const textIn = (...path: string[]): string => readFileSync(join(...path), 'utf8')

test('a file comes in parts, and gets its name when it is whole', async () => {
  await using it = await serveDaemon()
  const { opened, put, get } = uploaderTo(it)
  const { id, name, path } = await opened({ 'film.mkv': 11 })
  assert.deepEqual([name, path], ['film.mkv', null])
  const [hidden = ''] = readdirSync(dirOf(it))
  assert.equal(hidden, `.shoal-upload-${id}`)
  assert.equal(statSync(join(dirOf(it), hidden)).mode & 0o777, 0o700)
  assert.deepEqual(await put(id, 0, 0, 'hello '), { status: 200, message: '', have: 6, row: undefined })
  assert.deepEqual((await get(id)).row?.files, [{ path: 'film.mkv', size: 11, have: 6 }])
  assert.equal((await put(id, 0, 6, 'world')).have, 11)
  const whole = join(dirOf(it), 'film.mkv')
  assert.equal((await get(id)).row?.path, whole)
  assert.deepEqual([textIn(whole), readdirSync(dirOf(it))], ['hello world', ['film.mkv']])
  const plain = join(makeHome('plain'), 'x')
  writeFileSync(plain, '')
  assert.equal(statSync(whole).mode, statSync(plain).mode, 'as any file that the user makes')
})

test('a folder keeps its folders; files without a folder in common get one', async () => {
  await using it = await serveDaemon()
  const { opened, put, get } = uploaderTo(it)
  const photos = await opened({ 'photos/a.jpg': 1, 'photos/b/c.jpg': 1, 'photos/empty': 0 })
  assert.equal(photos.name, 'photos')
  for (const file of [0, 1]) await put(photos.id, file, 0, 'x')
  assert.equal((await get(photos.id)).row?.path, join(dirOf(it), 'photos'))
  assert.deepEqual(
    ['a.jpg', 'b/c.jpg', 'empty'].map((file) => textIn(dirOf(it), 'photos', file)),
    ['x', 'x', ''],
  )

  const mixed = await opened({ 'a.txt': 1, 'b/a.txt': 1 }, 'For Ann')
  assert.deepEqual(
    mixed.files.map(({ path }) => path),
    ['For Ann/a.txt', 'For Ann/b/a.txt'],
  )
  for (const file of [0, 1]) await put(mixed.id, file, 0, 'y')
  assert.equal(textIn(dirOf(it), 'For Ann/b/a.txt'), 'y')

  const alone = await opened({ 'folder/only.txt': 1 })
  await put(alone.id, 0, 0, 'z')
  assert.equal((await get(alone.id)).row?.path, join(dirOf(it), 'folder'))
  assert.equal((await opened({ 'a.txt': 1, 'b.txt': 1 })).name, 'Upload')
})

test('what has the name already stays as it is, be it a file, a folder or a link to nothing', async () => {
  await using it = await serveDaemon()
  const { opened, put, get } = uploaderTo(it)
  const dir = dirOf(it)
  writeFileSync(join(dir, 'a.txt'), 'mine')
  mkdirSync(join(dir, 'photos'))
  symlinkSync(join(dir, 'gone'), join(dir, 'link'))
  for (const [sizes, expected] of [
    [{ 'a.txt': 1 }, 'a (1).txt'],
    [{ 'a.txt': 1 }, 'a (2).txt'],
    [{ photos: 1 }, 'photos (1)'],
    [{ 'photos/x': 1 }, 'photos (2)'],
    [{ link: 1 }, 'link (1)'],
  ] as const) {
    const { id } = await opened(sizes)
    await put(id, 0, 0, 'x')
    assert.equal((await get(id)).row?.path, join(dir, expected))
  }
  assert.deepEqual([textIn(dir, 'a.txt'), readdirSync(join(dir, 'photos'))], ['mine', []])
  assert.equal(textIn(dir, 'photos (2)/x'), 'x')
})

test('files without a byte are there at once', async () => {
  await using it = await serveDaemon()
  const { path } = await uploaderTo(it).opened({ 'a/x': 0, 'a/b/y': 0 })
  assert.equal(path, join(dirOf(it), 'a'))
  assert.deepEqual([textIn(path, 'x'), textIn(path, 'b/y')], ['', ''])
})

test('a part goes on exactly where the file ends, else it is told where that is', async () => {
  await using it = await serveDaemon()
  const { opened, put, get } = uploaderTo(it)
  const { id } = await opened({ 'a/x': 10, 'a/y': 1 })
  await put(id, 0, 0, '0123')
  for (const at of [0, 3, 5, 10]) {
    const { status, have, message } = await put(id, 0, at, 'ab')
    assert.deepEqual([status, have], [409, 4], message)
  }
  assert.equal((await put(id, 0, 4, '456789')).have, 10)
  assert.equal((await put(id, 0, 10, '')).have, 10, 'nothing to add is no harm')
  await put(id, 1, 0, '!')
  assert.equal(textIn((await get(id)).row?.path ?? '', 'x'), '0123456789')
  const late = await put(id, 0, 0, '0')
  assert.deepEqual([late.status, late.have], [409, 10])
})

/** Sends the beginning of a part and then nothing more. */
async function beginPart(it: ServedDaemon, target: string, length: number, bytes: string): Promise<net.Socket> {
  const { hostname, port } = new URL(it.url)
  const socket = net.connect(Number(port), hostname)
  socket.on('error', () => {}) // it may be cut off
  await once(socket, 'connect')
  const head = `PUT ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${it.token}\r\n`
  socket.write(`${head}Content-Length: ${length}\r\n\r\n${bytes}`)
  return socket
}

test('what came before the connection broke is kept, and nobody else writes meanwhile', async () => {
  await using it = await serveDaemon()
  const { opened, put, get } = uploaderTo(it)
  const { id } = await opened({ 'a.txt': 10 })
  const have = async (): Promise<number | undefined> => (await get(id)).row?.files[0]?.have
  const socket = await beginPart(it, `/uploads/${id}/0?at=0`, 10, '01234')
  await until('five bytes are here', async () => (await have()) === 5)
  const other = await put(id, 0, 5, '56789')
  assert.deepEqual([other.status, other.have], [409, 5])
  assert.match(other.message, /wait for it/)
  socket.destroy()
  await until('the next part is taken', async () => (await put(id, 0, 5, '56789')).status === 200)
  assert.equal(textIn(dirOf(it), 'a.txt'), '0123456789')
})

test('an upload that is ended leaves nothing, whoever is still writing', async () => {
  await using it = await serveDaemon()
  const { opened, put, get, remove } = uploaderTo(it)
  const { id } = await opened({ 'a.txt': 10 })
  const socket = await beginPart(it, `/uploads/${id}/0?at=0`, 10, '01234')
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  await until('five bytes are here', async () => (await get(id)).row?.files[0]?.have === 5)
  assert.equal((await remove(id)).status, 204)
  assert.deepEqual(readdirSync(dirOf(it)), [])
  assert.deepEqual(readdirSync(join(it.daemon.stateDir, 'uploads')), [])
  await until('the writer is told', () => answer.startsWith('HTTP/1.1 404'))
  socket.destroy()
  const statuses = [await get(id), await put(id, 0, 5, '5'), await remove(id)].map(({ status }) => status)
  assert.deepEqual(statuses, [404, 404, 404])
})

test('to end an upload that is whole does not touch its files', async () => {
  await using it = await serveDaemon()
  const { opened, put, remove } = uploaderTo(it)
  const { id } = await opened({ 'a.txt': 1 })
  await put(id, 0, 0, 'x')
  assert.equal((await remove(id)).status, 204)
  assert.equal(textIn(dirOf(it), 'a.txt'), 'x')
})

test('uploads go on after a restart, also when the setting of the download folder has changed', async () => {
  const stateDir = makeHome('state')
  const dir = makeHome('downloads')
  let id = ''
  {
    await using it = await serveDaemon({ 'download-dir': dir }, { stateDir })
    const { opened, put } = uploaderTo(it)
    id = (await opened({ 'a/x': 10, 'a/y': 3 })).id
    await put(id, 0, 0, '01234')
    await put(id, 1, 0, 'yyy')
  }
  await using it = await serveDaemon({ 'download-dir': makeHome('others') }, { stateDir })
  const { get, put } = uploaderTo(it)
  assert.deepEqual((await get(id)).row?.files, [
    { path: 'a/x', size: 10, have: 5 },
    { path: 'a/y', size: 3, have: 3 },
  ])
  await put(id, 0, 5, '56789')
  assert.deepEqual([textIn(dir, 'a/x'), textIn(dir, 'a/y')], ['0123456789', 'yyy'])
  assert.deepEqual([readdirSync(dir), readdirSync(join(stateDir, 'uploads'))], [['a'], []])
})

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text))
}

test('the state of an upload that cannot be read, or whose files are gone, is forgotten', async () => {
  const [stateDir, dir] = [makeHome('state'), makeHome('downloads')]
  mkdirSync(join(stateDir, 'uploads'))
  for (const [n, text] of ['', '{"name":1}', '{"name":"a","dir":"/nowhere","files":[]}'].entries()) {
    writeFileSync(join(stateDir, 'uploads', `${String(n).repeat(32)}.json`), text)
  }
  const uploads = new Uploads({ stateDir, downloadDir: () => dir })
  uploads.start()
  await assert.rejects(uploads.get('0'.repeat(32)), { code: 'not-found' })
  assert.deepEqual(readdirSync(join(stateDir, 'uploads')), [])
  await uploads.close()
})

test('when nothing came for a day an upload is removed, over restarts too; one that is used stays', async () => {
  const [stateDir, dir] = [makeHome('state'), makeHome('downloads')]
  let now = Date.UTC(2030, 0, 1)
  const begin = (): Uploads => {
    const uploads = new Uploads({ stateDir, downloadDir: () => dir, nowMs: () => now })
    uploads.start()
    return uploads
  }
  const before = begin()
  const files = [{ path: 'x', size: 9 }]
  const [idle, used] = [await before.open({ files }), await before.open({ files })]
  now += IDLE_MS - 1
  await before.write(used.id, { file: 0, at: 0, length: 2, bytes: chunks('ab') })
  await before.removeIdle()
  assert.equal((await before.get(idle.id)).path, null)
  await before.close()
  now += 2
  const after = begin()
  await assert.rejects(after.get(idle.id), { code: 'not-found' })
  assert.equal((await after.get(used.id)).files[0]?.have, 2)
  assert.deepEqual(readdirSync(dir), [`.shoal-upload-${used.id}`])
  now += IDLE_MS
  await after.removeIdle()
  assert.deepEqual([readdirSync(dir), readdirSync(join(stateDir, 'uploads'))], [[], []])
  await after.close()
})

/** Uploads with a clock that the test turns. */
function withClock(): { readonly uploads: Uploads; readonly dir: string; readonly wait: (ms: number) => void } {
  let now = Date.UTC(2030, 0, 1)
  const dir = makeHome('downloads')
  const uploads = new Uploads({ stateDir: makeHome('state'), downloadDir: () => dir, nowMs: () => now })
  return { uploads, dir, wait: (ms) => void (now += ms) }
}

test('uploads that were left make way for new ones, those first that were left longest, no more than needed', async () => {
  const { uploads, wait } = withClock()
  const ids: string[] = []
  const files = [{ path: 'x', size: 9 }]
  for (let n = 0; n < MAX_OPEN; n++) {
    ids.push((await uploads.open({ files })).id)
    wait(1)
  }
  await assert.rejects(uploads.open({ files }), { code: 'busy' })
  wait(ABANDONED_MS - MAX_OPEN)
  await uploads.write(ids[0] ?? '', { file: 0, at: 0, length: 1, bytes: chunks('a') })
  wait(1)
  // The second is idle for long enough now, and one more a moment later; the first is in use.
  const two = await Promise.allSettled([uploads.open({ files }), uploads.open({ files })])
  assert.deepEqual(two.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  const isThere = (id: string | undefined): Promise<boolean> =>
    uploads.get(id ?? '').then(
      () => true,
      () => false,
    )
  assert.deepEqual([await isThere(ids[0]), await isThere(ids[1]), await isThere(ids[2])], [true, false, true])
  await assert.rejects(uploads.open({ files }), { code: 'busy' })
  wait(1)
  await uploads.open({ files })
  assert.deepEqual([await isThere(ids[2]), await isThere(ids[3])], [false, true])
  await uploads.close()
})

test('the room that uploads hold which were left is free for new ones, but not for what would not fit all the same', async () => {
  const { uploads, dir, wait } = withClock()
  const { bavail, bsize } = statfsSync(dir)
  const open = (share: number): ReturnType<Uploads['open']> =>
    uploads.open({ files: [{ path: 'x', size: Math.floor(bavail * bsize * share) }] })
  const left = await open(0.3)
  wait(1)
  const second = await open(0.3)
  await assert.rejects(open(0.6), { code: 'disk-full' })
  wait(ABANDONED_MS)
  await assert.rejects(open(1.5), { code: 'disk-full' })
  assert.ok(await uploads.get(left.id), 'nobody loses anything for what cannot be')
  const third = await open(0.6)
  await assert.rejects(uploads.get(left.id), { code: 'not-found' })
  assert.deepEqual(readdirSync(dir).toSorted(), [second, third].map(({ id }) => `.shoal-upload-${id}`).toSorted())
  await uploads.close()
})

test('empty files that cannot be made hold no place', async () => {
  const { uploads, dir } = withClock()
  const path = Array.from({ length: 30 }, () => 'x'.repeat(200)).join('/') // longer than systems take
  for (let n = 0; n <= MAX_OPEN; n++) {
    await assert.rejects(uploads.open({ files: [{ path, size: 0 }] }), { code: /^disk-/ })
  }
  assert.deepEqual(readdirSync(dir), [])
  await uploads.close()
})

test('the last that became whole is told of, however early it was begun', async () => {
  const { uploads, dir } = withClock()
  const early = await uploads.open({ files: [{ path: 'early', size: 1 }] })
  for (let n = 0; n < 20; n++) await uploads.open({ files: [{ path: `${n}`, size: 0 }] })
  await uploads.write(early.id, { file: 0, at: 0, length: 1, bytes: chunks('x') })
  assert.equal((await uploads.get(early.id)).path, join(dir, 'early'))
  await uploads.close()
})

test('a close cuts off who is writing, and keeps what came', async () => {
  const [stateDir, dir] = [makeHome('state'), makeHome('downloads')]
  const uploads = new Uploads({ stateDir, downloadDir: () => dir })
  const { id } = await uploads.open({ files: [{ path: 'x', size: 9 }] })
  async function* stalling(): AsyncGenerator<Uint8Array> {
    yield* chunks('ab')
    await new Promise(() => {})
  }
  const writing = uploads.write(id, { file: 0, at: 0, length: 9, bytes: stalling() })
  const cut = assert.rejects(writing, { code: 'not-found' })
  await until('two bytes are here', async () => (await uploads.get(id)).files[0]?.have === 2)
  await uploads.close()
  await cut
  assert.equal(textIn(dir, `.shoal-upload-${id}`, 'x'), 'ab')
})

test('when the last parts of all files end at once, it is finished once', async () => {
  const [stateDir, dir] = [makeHome('state'), makeHome('downloads')]
  const uploads = new Uploads({ stateDir, downloadDir: () => dir })
  const names = Array.from({ length: 20 }, (_, n) => `a/${n}`)
  const { id } = await uploads.open({ files: names.map((path) => ({ path, size: 1 })) })
  await Promise.all(names.map((_, file) => uploads.write(id, { file, at: 0, length: 1, bytes: chunks('x') })))
  assert.deepEqual([(await uploads.get(id)).path, readdirSync(dir)], [join(dir, 'a'), ['a']])
  assert.equal(readdirSync(join(dir, 'a')).length, 20)
  await uploads.close()
})

test('a failure at the end is told, and the end can be tried again', async () => {
  const [stateDir, dir] = [makeHome('state'), makeHome('downloads')]
  const uploads = new Uploads({ stateDir, downloadDir: () => dir })
  const { id } = await uploads.open({
    files: [
      { path: 'a/x', size: 1 },
      { path: 'a/y', size: 0 },
    ],
  })
  const inTheWay = join(dir, `.shoal-upload-${id}`, 'a/y')
  mkdirSync(inTheWay, { recursive: true })
  const part = { file: 0, at: 0, length: 1, bytes: chunks('x') }
  await assert.rejects(uploads.write(id, part), { code: 'disk-error' })
  assert.ok(!existsSync(join(dir, 'a')))
  rmdirSync(inTheWay)
  await uploads.write(id, { file: 0, at: 1, length: 0, bytes: chunks() })
  assert.equal((await uploads.get(id)).path, join(dir, 'a'))
  await uploads.close()
})

test('more than there is room for is refused before it begins, with what others still send', async () => {
  await using it = await serveDaemon()
  const { open, remove } = uploaderTo(it)
  const { bavail, bsize } = statfsSync(dirOf(it))
  const files = [{ path: 'x', size: Math.floor(bavail * bsize * 0.6) }]
  const first = await open({ files })
  const { status, message } = await open({ files })
  assert.deepEqual([first.status, status], [201, 507])
  assert.match(message, /has not enough room: .* would be needed, and .* are free; make room there$/)
  const id = first.row?.id ?? ''
  assert.deepEqual(readdirSync(dirOf(it)), [`.shoal-upload-${id}`])
  await remove(id)
  assert.equal((await open({ files })).status, 201)
})
