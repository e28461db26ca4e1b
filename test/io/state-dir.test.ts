import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultStateDir } from '../../src/io/state-dir.ts'

test('the state is in the home of the user', () => {
  assert.equal(defaultStateDir({}, '/home/ann'), '/home/ann/.local/state/shoal')
})

test('XDG_STATE_HOME moves it, unless it is empty or relative', () => {
  assert.equal(defaultStateDir({ XDG_STATE_HOME: '/var/x' }, '/home/ann'), '/var/x/shoal')
  assert.equal(defaultStateDir({ XDG_STATE_HOME: '' }, '/home/ann'), '/home/ann/.local/state/shoal')
  assert.equal(defaultStateDir({ XDG_STATE_HOME: 'here' }, '/home/ann'), '/home/ann/.local/state/shoal')
})

test('of a service, systemd names the folder', () => {
  const env = { STATE_DIRECTORY: '/var/lib/shoal:/var/lib/other', XDG_STATE_HOME: '/var/x' }
  assert.equal(defaultStateDir(env, '/root'), '/var/lib/shoal')
})
