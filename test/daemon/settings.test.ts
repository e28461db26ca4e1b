import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import {
  DEFAULTS,
  SETTING_NAMES,
  settingFromText,
  settingRow,
  settingsFromEnv,
  settingsFromJson,
  SettingsStore,
} from '../../src/daemon/settings.ts'
import { makeHome } from '../support/program.ts'

const refuses = (act: () => unknown, message: RegExp): void => {
  assert.throws(act, { code: 'usage', message })
}

test('a wrong value says what was expected and what it got', () => {
  refuses(
    () => settingFromText('up-limit', 'fast', 'config'),
    /^config: "up-limit" expects a whole number .*, got "fast"$/,
  )
  refuses(() => settingFromText('start-added', '1', 'config'), /expects true or false, got "1"/)
  refuses(() => settingFromText('download-dir', 'here', 'config'), /expects the absolute path of a folder/)
  refuses(() => settingFromText('rpc-listen', 'localhost:1', 'config'), /expects ip:port/)
  refuses(() => settingFromText('listen', '1.2.3.4:5 x', 'config'), /expects a list, each ip:port/)
  refuses(() => settingFromText('no-such', '1', 'config'), /there is no setting "no-such"/)
  refuses(() => settingsFromJson({ 'up-limit': '5' }, 'f'), /f: "up-limit" expects .*, got "5"/)
  refuses(() => settingsFromJson([1], 'f'), /expected an object of settings/)
  refuses(() => settingsFromEnv({ SHOAL_MAX_PEERS: '0' }), /^SHOAL_MAX_PEERS: "max-peers" expects/)
})

test('values are read from text, from JSON and from the environment alike', () => {
  assert.deepEqual(settingFromText('listen', '0.0.0.0:6881,[::]:6881', ''), { listen: ['0.0.0.0:6881', '[::]:6881'] })
  assert.deepEqual(settingFromText('listen', '', ''), { listen: [] })
  assert.deepEqual(settingFromText('listen', '[::]:6881', ''), { listen: ['[::]:6881'] })
  assert.deepEqual(settingFromText('page-roots', '["/My films","/b"]', ''), { 'page-roots': ['/My films', '/b'] })
  refuses(() => settingFromText('page-roots', '["/a",5]', ''), /expects a list, each the absolute path of a folder/)
  assert.deepEqual(settingFromText('seed-ratio', '1.5', ''), { 'seed-ratio': 1.5 })
  assert.deepEqual(settingsFromEnv({ SHOAL_UP_LIMIT_ON: 'on', PATH: '/bin' }), { 'up-limit-on': true })
  assert.deepEqual(settingsFromJson({ 'max-peers': 7, listen: ['127.0.0.1:0'] }, ''), {
    'max-peers': 7,
    listen: ['127.0.0.1:0'],
  })
})

test('every default is a value that may be set', () => {
  for (const name of SETTING_NAMES)
    assert.deepEqual(settingsFromJson({ [name]: DEFAULTS[name] }, ''), { [name]: DEFAULTS[name] })
})

test('a change is kept, and is stronger than the environment from then on', async () => {
  const dir = makeHome('settings')
  const store = new SettingsStore(dir, { 'up-limit': 5, 'max-peers': 9 })
  assert.equal(store.all['up-limit'], 5)
  await store.change({ 'up-limit': 6 })
  assert.deepEqual([store.all['up-limit'], store.all['max-peers']], [6, 9])
  const again = new SettingsStore(dir)
  assert.deepEqual([again.all['up-limit'], again.all['max-peers']], [6, DEFAULTS['max-peers']])
  assert.deepEqual(JSON.parse(readFileSync(join(dir, 'settings.json'), 'utf8')), { 'up-limit': 6 })
})

test('of changes at the same time none is lost, and one that fails keeps no other from being made', async () => {
  const dir = join(makeHome('settings'), 'state')
  const store = new SettingsStore(dir)
  await assert.rejects(store.change({ 'up-limit': 5 }), { code: 'not-found' })
  mkdirSync(dir)
  const before = await Promise.all([store.change({ 'up-limit': 6 }), store.change({ 'max-peers': 7 })])
  assert.deepEqual(
    before.map((settings) => settings['up-limit']),
    [DEFAULTS['up-limit'], 6],
  )
  for (const { all } of [store, new SettingsStore(dir)]) assert.deepEqual([all['up-limit'], all['max-peers']], [6, 7])
})

test('a file that is wrong is named, and stays as it is', () => {
  const dir = makeHome('settings')
  const file = join(dir, 'settings.json')
  for (const [text, message] of [
    ['{', /settings\.json is no JSON/],
    ['{"up-limit": -1}', /settings\.json: "up-limit" expects/],
  ] as const) {
    writeFileSync(file, text)
    refuses(() => new SettingsStore(dir), message)
    assert.equal(readFileSync(file, 'utf8'), text)
  }
})

test('nothing is written while nothing is changed', () => {
  const dir = makeHome('settings')
  assert.deepEqual(new SettingsStore(dir).all, DEFAULTS)
  assert.ok(!existsSync(join(dir, 'settings.json')))
})

test('a form finds all it needs: what kind a setting is of, its choices and bounds, and when it holds', () => {
  const rows = SETTING_NAMES.map((name) => settingRow(name, DEFAULTS[name]))
  const row = (wanted: string): object => ({ ...rows.find(({ name }) => name === wanted), about: '' })
  assert.deepEqual(row('max-peers'), {
    name: 'max-peers',
    value: 500,
    about: '',
    section: 'network',
    kind: 'number',
    choices: [],
    least: 1,
    most: 65_535,
    isForNextStart: false,
    isForOwner: false,
  })
  assert.partialDeepStrictEqual(row('accept'), { kind: 'choice', choices: ['nobody', 'trusted', 'everybody'] })
  assert.partialDeepStrictEqual(row('listen'), { kind: 'list', isForNextStart: true })
  const owners = rows.filter(({ isForOwner }) => isForOwner).map(({ name }) => name)
  assert.deepEqual(owners, ['download-roots', 'page-roots'])
  assert.partialDeepStrictEqual(row('shared-dir'), { kind: 'folder', section: 'people' })
  for (const { kind, least, most, choices } of rows) {
    assert.equal(kind === 'number', least !== null && most !== null)
    assert.equal(kind === 'choice', choices.length > 0)
  }
})

test('a secret is never shown, and what stands for it is none', () => {
  for (const name of ['pin', 'rpc-password'] as const) {
    assert.equal(settingRow(name, '').value, '')
    assert.equal(settingRow(name, '1234').value, '********')
    refuses(() => settingFromText(name, '********', 'config'), /is only shown as \*{8}: give the new one/)
    assert.deepEqual(settingFromText(name, '', 'config'), { [name]: '' })
  }
})
