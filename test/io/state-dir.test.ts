import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { defaultStateDir, makeStateDir } from '../../src/io/state-dir.ts'
import { makeHome } from '../support/program.ts'

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

test('it is made for its owner only', () => {
  const dir = join(makeHome('state-dir'), 'a/b')
  makeStateDir(dir)
  makeStateDir(dir)
  assert.equal(statSync(dir).mode & 0o777, 0o700)
})

test('a file in its place is an error with a way out', () => {
  const file = join(makeHome('state-dir'), 'a')
  writeFileSync(file, '')
  assert.throws(() => makeStateDir(file), { code: 'disk-error', message: /EEXIST.*--state-dir/ })
})
