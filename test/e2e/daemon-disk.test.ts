// A daemon whose disk is full, or read-only for a while: one torrent says so, the rest goes on, nothing is lost.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, removeHome, until } from '../support/program.ts'
import { runShoal, startShoal } from '../support/shoal.ts'
import { mount, skipWithoutMount, smallDisk } from '../support/small-disk.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MB = 1_000_000
const skip = skipWithoutMount

interface Row {
  readonly name: string
  readonly status: number
  readonly error_string: string
  readonly percent_done: number
}

const [STOPPED, CHECKING, DOWNLOADING, SEEDING] = [0, 2, 4, 6]

/** A seed of two trees, a daemon that fetches both, one of them to a small disk. */
async function stage(stack: AsyncDisposableStack, size: string) {
  const home = stack.adopt(makeHome('disk'), removeHome)
  const small = join(home, 'small')
  smallDisk(stack, small, size)
  const state = join(home, 'state')
  const run = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runShoal([...words, '--state-dir', state])
    assert.equal(code, 0, stderr)
    return stdout
  }
  const args = ['daemon', '--state-dir', state, '--listen', '127.0.0.1:0', '--rpc-listen', '127.0.0.1:0']
  const daemon = stack.use(startShoal(args))
  await daemon.event('api')
  const peers = new Map<string, string>()
  for (const name of ['other', 'large']) {
    writeTree(join(home, name), { 'a.bin': 6 * MB, 'b.bin': 6 * MB })
    const seeding = ['-o', join(home, `${name}.torrent`), '--listen', '127.0.0.1:0', '--up-limit', '2M']
    const seeder = stack.use(startShoal(['share', join(home, name), ...seeding]))
    peers.set(name, String((await seeder.event('listening'))['address']))
    await seeder.event('seeding')
  }
  for (const [name, peer] of peers) {
    await run('add', join(home, `${name}.torrent`), '--dir', name === 'large' ? small : join(home, 'got'))
    await run('connect', name, peer)
  }
  const row = async (name: string): Promise<Row> => {
    const rows = JSON.parse(await run('list', '--json')) as Row[]
    return rows.find((one) => one.name === name) ?? assert.fail(`no ${name}`)
  }
  return { home, small, daemon, run, row }
}

test('a full disk stops one torrent with a sentence; with room again it goes on where it was', { skip }, async () => {
  await using stack = new AsyncDisposableStack()
  const { home, small, run, row } = await stage(stack, '8m')
  const { error_string: error } = await until('it fails', async () => {
    const now = await row('large')
    return now.status === STOPPED && now
  })
  assert.match(error, /^no space left on the disk to write .*: make room, then start again$/)
  assert.match(await run('list'), /large .*failed: no space left/)
  await until('the other one is complete', async () => (await row('other')).status === SEEDING)
  assert.ok(mount('-o', 'remount,size=64m', small))
  await run('start', 'large')
  const first = await until('its files were looked at', async () => {
    const now = await row('large')
    return now.status !== CHECKING && now
  })
  assert.ok(first.percent_done > 0.3, `what came before is there: ${first.percent_done}`)
  await until('it is complete', async () => (await row('large')).status === SEEDING)
  assert.deepEqual(compareTrees(join(home, 'large'), join(small, 'large')), [])
})

test('a disk that is read-only for a while', { skip }, async () => {
  await using stack = new AsyncDisposableStack()
  const { home, small, daemon, run, row } = await stage(stack, '64m')
  await until('something came', async () => {
    const { status, percent_done: done } = await row('large')
    return status === DOWNLOADING && done > 0.2 && done < 0.8
  })
  await run('stop', 'large') // what is open for writing could not be made read-only
  assert.ok(mount('-o', 'remount,ro', small))
  await run('start', 'large')
  const { error_string: error } = await until('it fails', async () => {
    const now = await row('large')
    return now.error_string !== '' && now
  })
  assert.match(error, /read-only/)
  assert.ok(!daemon.hasExited())
  assert.ok(mount('-o', 'remount,rw', small))
  await run('start', 'large')
  await until('it is complete', async () => (await row('large')).status === SEEDING)
  assert.deepEqual(compareTrees(join(home, 'large'), join(small, 'large')), [])
})
