// Uploads by somebody who lies: about names, offsets, sizes and lengths, who opens thousands, guesses ids, sends slowly,
// and takes away what he writes to. And paths that would lead out of the folders that may be shared.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { type ServedDaemon, serveDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { uploaderTo } from '../support/uploads.ts'

const dirOf = (it: ServedDaemon): string => it.daemon.settings['download-dir']

/** As bytes, so that a length can be a lie: the status lines of all answers until the connection ends. */
async function raw(it: ServedDaemon, head: string, body = ''): Promise<string[]> {
  const { hostname, port } = new URL(it.url)
  const socket = net.connect(Number(port), hostname)
  socket.on('error', () => {}) // it may be cut off while it sends
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const auth = head.includes('Authorization') ? '' : `Authorization: Bearer ${it.token}\r\n`
  socket.write(`${head}\r\nHost: localhost\r\nConnection: close\r\n${auth}\r\n${body}`)
  await once(socket, 'close')
  return [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status = '']) => status)
}

test('no name leads out of the download folder', async () => {
  const outer = makeHome('outer')
  mkdirSync(join(outer, 'downloads'))
  await using it = await serveDaemon({ 'download-dir': join(outer, 'downloads') })
  const { open, put } = uploaderTo(it)
  const names = [
    '../../evil',
    '/etc/evil',
    '..\\..\\evil',
    'C:\\evil',
    'a/../../../evil',
    './.././evil',
    '..',
    'x\0/../evil',
  ]
  for (const path of names) {
    const { row } = await open({ files: [{ path, size: 1 }] })
    await put(row?.id ?? '', 0, 0, 'x')
  }
  for (const name of ['../evil', '/', '..', 'a/b', '\0']) {
    const { row } = await open({ name, files: ['1', '2'].map((path) => ({ path, size: 0 })) })
    assert.equal(row?.path?.startsWith(join(outer, 'downloads/')), true, name)
  }
  assert.deepEqual(readdirSync(outer), ['downloads'])
  const made = readdirSync(join(outer, 'downloads'))
  assert.deepEqual(
    made.filter((name) => /[\0/\\]/.test(name) || name.startsWith('.shoal')),
    [],
  )
  assert.equal(made.length, names.length + 5)
})

test('names that become one on disk are refused together, before anything is made', async () => {
  await using it = await serveDaemon()
  const { open } = uploaderTo(it)
  for (const paths of [
    ['a/x', 'a/x'],
    ['a/x', 'a//x'],
    ['a/x', 'a/./x'],
    ['a/x\u0001', 'a/x\u0002'],
    ['a/x', 'a/x/y'],
    ['a/x/y', 'a/x'],
    ['a', 'a/x'],
  ]) {
    const { status, message } = await open({ files: paths.map((path) => ({ path, size: 1 })) })
    assert.equal(status, 400, paths.join())
    assert.match(message, /would be called/)
  }
  assert.equal((await open({ files: [{ path: 'a/'.repeat(200), size: 1 }] })).status, 400)
  assert.deepEqual(readdirSync(dirOf(it)), [])
})

test('what is no list of files is refused with a sentence', async () => {
  await using it = await serveDaemon()
  const { open } = uploaderTo(it)
  const file = { path: 'x', size: 1 }
  for (const wanted of [
    {},
    [],
    { files: [] },
    { files: [{ path: '', size: 1 }] },
    { files: [{ path: 'x' }] },
    { files: [{ ...file, size: -1 }] },
    { files: [{ ...file, size: 0.5 }] },
    { files: [{ ...file, size: 2 ** 53 }] },
    { files: [{ ...file, size: '1' }] },
    { files: [{ ...file, path: 'x'.repeat(5_000) }] },
    { files: [file], name: 'x'.repeat(300) },
    { files: Array.from({ length: 20_001 }, (_, n) => ({ path: `a/${n}`, size: 1 })) },
  ]) {
    const { status, message } = await open(wanted)
    assert.deepEqual([status, message.length > 5], [400, true], JSON.stringify(wanted).slice(0, 80))
  }
  const long = await open({ files: [file], more: 'x'.repeat(9 * 1024 * 1024) })
  assert.equal(long.status, 413)
  assert.deepEqual(await raw(it, 'POST /uploads HTTP/1.1\r\nContent-Length: 1', '{'), ['400'])
})

test('twenty thousand files are taken, and the last of them can be written', async () => {
  await using it = await serveDaemon()
  const { open, put, remove } = uploaderTo(it)
  const files = Array.from({ length: 20_000 }, (_, n) => ({ path: `many/${n % 100}/${n}`, size: 5 }))
  const { row } = await open({ files })
  assert.equal(row?.files.length, 20_000)
  assert.equal((await put(row.id, 19_999, 0, 'hello')).have, 5)
  assert.equal((await put(row.id, 20_000, 0, 'hello')).status, 404)
  assert.equal((await remove(row.id)).status, 204)
})

test('a part beyond the end of its file is refused, and so are numbers that are none', async () => {
  await using it = await serveDaemon()
  const { opened, put, get } = uploaderTo(it)
  const { id } = await opened({ x: 4 })
  assert.equal((await put(id, 0, 0, 'hello')).status, 400)
  await put(id, 0, 0, 'he')
  assert.equal((await put(id, 0, 2, 'llo')).status, 400)
  for (const at of ['-1', '1e0', '0x2', '2.0', '', '99999999999999999999', 'NaN', '%00', '2&at=0x']) {
    assert.ok([400, 409].includes((await put(id, 0, at, 'l')).status) || at === '2&at=0x', at)
  }
  for (const file of ['-1', '1', 'x', '__proto__', 'length', '0.0', '99999999999999999999']) {
    assert.ok([400, 404].includes((await put(id, file, 2, 'l')).status), file)
  }
  const { files = [] } = (await get(id)).row ?? {}
  assert.ok((files[0]?.have ?? 0) <= 3)
})

test('a part must say how long it is, and not be too long; what is more than it said is no part of it', async () => {
  await using it = await serveDaemon()
  const { opened, get } = uploaderTo(it)
  const { id } = await opened({ x: 64 * 1024 * 1024 })
  const line = `PUT /uploads/${id}/0?at=0 HTTP/1.1`
  assert.deepEqual(await raw(it, `${line}\r\nTransfer-Encoding: chunked`, '5\r\nhello\r\n0\r\n\r\n'), ['411'])
  assert.deepEqual(await raw(it, `${line}\r\nContent-Length: 16777217`, 'hello'), ['413'])
  assert.deepEqual(await raw(it, `${line}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`, 'hello'), ['400'])
  assert.deepEqual(await raw(it, `${line}\r\nContent-Length: -5`, 'hello'), ['400'])
  assert.equal((await get(id)).row?.files[0]?.have, 0)
  await raw(it, `${line}\r\nContent-Length: 5`, 'hello and more')
  assert.ok((await get(id)).row?.files.every(({ have }) => have <= 5))
})

test('nobody without the token or from a page of another site uploads', async () => {
  await using it = await serveDaemon()
  const { opened, get } = uploaderTo(it)
  const { id } = await opened({ x: 5 })
  const list = JSON.stringify({ files: [{ path: 'evil', size: 0 }] })
  const post = `POST /uploads HTTP/1.1\r\nContent-Length: ${list.length}`
  const put = `PUT /uploads/${id}/0?at=0 HTTP/1.1\r\nContent-Length: 5`
  assert.deepEqual(await raw(it, `${post}\r\nAuthorization: Bearer guess`, list), ['401'])
  assert.deepEqual(await raw(it, `${put}\r\nAuthorization: Bearer guess`, 'hello'), ['401'])
  assert.deepEqual(await raw(it, `${post}\r\nOrigin: http://evil.example`, list), ['403'])
  assert.deepEqual(await raw(it, `DELETE /uploads/${id} HTTP/1.1\r\nOrigin: http://evil.example`), ['403'])
  assert.equal((await get(id)).row?.files[0]?.have, 0)
  assert.deepEqual(readdirSync(dirOf(it)), [`.shoal-upload-${id}`])
})

test('thousands who open at once get sixteen; those who end make room again', async () => {
  await using it = await serveDaemon()
  const { open, remove } = uploaderTo(it)
  const statuses: number[] = []
  const ids: string[] = []
  const many = async (): Promise<void> => {
    for (let n = 0; n < 100; n++) {
      const { status, row } = await open({ files: [{ path: 'x', size: 5 }] })
      statuses.push(status)
      if (row !== undefined) ids.push(row.id)
    }
  }
  await Promise.all(Array.from({ length: 20 }, many))
  assert.deepEqual([ids.length, statuses.filter((status) => status === 429).length], [16, 1_984])
  assert.equal(readdirSync(dirOf(it)).length, 16)
  assert.equal(readdirSync(join(it.daemon.stateDir, 'uploads')).length, 16)
  await remove(ids[0] ?? '')
  assert.equal((await open({ files: [{ path: 'x', size: 5 }] })).status, 201)
})

test('an id cannot be guessed, and leads to no file of the state folder', async () => {
  await using it = await serveDaemon()
  const { opened, get, put, remove } = uploaderTo(it)
  const { id } = await opened({ x: 5 })
  assert.match(id, /^[0-9a-f]{32}$/)
  const guesses = [
    '0',
    '1',
    id.slice(1),
    id.toUpperCase(),
    `${id}%00`,
    '..%2f..%2fsettings',
    '__proto__',
    'constructor',
  ]
  for (const guess of guesses.filter((one) => one !== id)) {
    assert.equal((await get(guess)).status, 404, guess)
    assert.equal((await put(guess, 0, 0, 'x')).status, 404, guess)
    assert.equal((await remove(guess)).status, 404, guess)
  }
  assert.equal((await get(id)).status, 200)
})

test('to end uploads while they are written to, again and again, leaves nothing behind', async () => {
  await using it = await serveDaemon()
  const { opened, put, remove } = uploaderTo(it)
  const bytes = new Uint8Array(1024 * 1024)
  for (let n = 0; n < 20; n++) {
    const { id } = await opened({ 'a/x': bytes.length, 'a/y': bytes.length })
    const puts = [put(id, 0, 0, bytes), put(id, 1, 0, bytes), put(id, 0, 0, bytes)]
    const removals = [remove(id), remove(id)]
    const results = await Promise.allSettled([...puts, ...removals])
    for (const result of results) {
      if (result.status === 'rejected') continue // cut off while it sent
      assert.ok([200, 204, 404, 409].includes(result.value.status), `${result.value.status} ${result.value.message}`)
    }
  }
  const left = readdirSync(dirOf(it)).filter((name) => name.startsWith('.'))
  assert.deepEqual([left, readdirSync(join(it.daemon.stateDir, 'uploads'))], [[], []])
})

test('who sends a part byte by byte is cut off after the time for a request, and what came is kept', async () => {
  await using it = await serveDaemon({}, { times: { wholeMs: 400, headersMs: 200 } })
  const { opened, get, put } = uploaderTo(it)
  const { id } = await opened({ x: 5 })
  await raw(it, `PUT /uploads/${id}/0?at=0 HTTP/1.1\r\nContent-Length: 5`, 'hel')
  await until('the part has ended', async () => (await get(id)).row?.files[0]?.have === 3)
  await until('another is taken', async () => (await put(id, 0, 3, 'lo')).status === 200)
  assert.equal(readFileSync(join(dirOf(it), 'x'), 'utf8'), 'hello')
})

test('what looks like an upload in the download folder is none: a torrent may have brought it', async () => {
  const dir = makeHome('downloads')
  const id = 'ab'.repeat(16)
  mkdirSync(join(dir, `.shoal-upload-${id}`))
  const lie = { name: 'x', dir: '/', files: [{ path: ['..', 'x'], size: 0 }] }
  writeFileSync(join(dir, `.shoal-upload-${id}`, `${id}.json`), JSON.stringify(lie))
  await using it = await serveDaemon({ 'download-dir': dir })
  assert.equal((await uploaderTo(it).get(id)).status, 404)
  assert.deepEqual(readdirSync(dir), [`.shoal-upload-${id}`])
})

test('no path and no link leads sharing and looking out of the allowed folders', async () => {
  const root = realpathSync(makeHome('root'))
  const secret = realpathSync(makeHome('secret'))
  writeFileSync(join(secret, 'key'), 'secret')
  mkdirSync(join(root, 'a'))
  symlinkSync(secret, join(root, 'link'))
  symlinkSync(join(secret, 'key'), join(root, 'a/key'))
  symlinkSync('/', join(root, 'top'))
  await using it = await serveDaemon({ 'page-roots': [root], 'receive-dir': root, 'download-dir': root })
  const paths = ['/', '/etc/passwd', secret, `${root}/..`, `${root}/link`, `${root}/link/key`, `${root}/a/key`]
  paths.push(`${root}/top/etc`, `${root}/top${secret}`, `${root}/a/../link/key`, `${root}\0`, 'C:\\', '~', '..', '')
  for (const path of paths) {
    for (const method of ['shoal_browse', 'shoal_share', 'shoal_make_folder']) {
      const given = method === 'shoal_make_folder' ? { path: join(path, 'new') } : { path }
      const { error } = await it.call(method, given)
      assert.ok(error !== undefined, `${method} ${path}`)
      assert.doesNotMatch(JSON.stringify(error), /Shoal itself/)
    }
  }
  assert.deepEqual([it.daemon.jobs.rows(), it.daemon.list.size], [[], 0])
  const listing = JSON.stringify(await it.call('shoal_browse', { path: join(root, 'a') }))
  assert.doesNotMatch(listing, /key/)
})
