import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDaemon } from '../support/daemon.ts'

test('the setting holds from the start, and for new connections as soon as it is changed', async () => {
  await using it = await openDaemon({ encryption: 'required' })
  const { session } = it.daemon
  assert.equal(session.encryption, 'required')
  await it.call('shoal_config_set', { name: 'encryption', value: 'off' })
  assert.equal(session.encryption, 'off')
})

test('a form of Transmission that is saved as a whole leaves it off', async () => {
  await using it = await openDaemon({ encryption: 'off' })
  const told = await it.call('session_get', { fields: ['encryption'] })
  assert.deepEqual(told, { encryption: 'allowed' })
  await it.call('session_set', { encryption: 'allowed', peer_limit_global: 200 })
  assert.equal(it.daemon.session.encryption, 'off')
  assert.equal(it.daemon.session.maxPeers, 200)
  await it.call('session_set', { encryption: 'required' })
  assert.equal(it.daemon.session.encryption, 'required')
})

test("it answers to Transmission's words", async () => {
  await using it = await openDaemon()
  const { session } = it.daemon
  for (const [word, mode] of [
    ['required', 'required'],
    ['preferred', 'allowed'],
    ['required', 'required'],
    ['tolerated', 'allowed'],
    ['allowed', 'allowed'],
  ]) {
    await it.call('session_set', { encryption: word })
    assert.equal(session.encryption, mode)
    assert.deepEqual(await it.call('session_get', { fields: ['encryption'] }), { encryption: mode })
  }
  const wrong = await it.call('session_set', { encryption: 'much' })
  assert.match(JSON.stringify(wrong), /encryption: \\"encryption\\" expects allowed or required or off/)
  assert.equal(session.encryption, 'allowed')
})
