// Limits that several torrents share.
import assert from 'node:assert/strict'
import test from 'node:test'
import { openDaemon } from '../support/daemon.ts'
import { makeHome } from '../support/program.ts'

const LINK = (digit: number): string => `magnet:?xt=urn:btih:${String(digit).repeat(40)}`

test('a group limits its torrents together, with or without the session; it is kept', async () => {
  const stateDir = makeHome('state')
  const group = {
    name: 'films',
    honors_session_limits: false,
    speed_limit_down: 300,
    speed_limit_down_enabled: true,
    speed_limit_up: 0,
    speed_limit_up_enabled: false,
  }
  {
    await using it = await openDaemon({}, stateDir)
    for (const digit of [1, 2, 3]) await it.call('torrent_add', { filename: LINK(digit) })
    await it.call('torrent_set', { ids: [1, 2], group: 'films' })
    await it.call('group_set', { name: 'films', speed_limit_down: 300, speed_limit_down_enabled: true })
    const gates = (id: number): unknown[] => it.daemon.list.get(id)?.torrent.downloadGates ?? []
    const { downloadGate } = it.daemon.session
    assert.equal(gates(1)[1], gates(2)[1], 'one limit for both')
    assert.deepEqual([gates(1).length, gates(1)[2] === downloadGate, gates(3).length], [3, true, 2])
    await it.call('group_set', { name: 'films', honors_session_limits: false })
    assert.ok(!gates(1).includes(downloadGate))
    await it.call('torrent_set', { ids: 3, honors_session_limits: false })
    assert.equal(gates(3).length, 1)
    assert.deepEqual(await it.call('group_get', { group: ['films', 'none'] }), { group: [group] })
  }
  await using it = await openDaemon({}, stateDir)
  assert.deepEqual(await it.call('group_get'), { group: [group] })
  const { torrents } = await it.call('torrent_get', { fields: ['group', 'honors_session_limits'] })
  assert.deepEqual(torrents, [
    { group: 'films', honors_session_limits: true },
    { group: 'films', honors_session_limits: true },
    { group: '', honors_session_limits: false },
  ])
  assert.equal(it.daemon.list.get(1)?.torrent.downloadGates.length, 2, 'its own and that of the group')
})
