// The form of the settings, without a browser: what stands where, and values as text.
import assert from 'node:assert/strict'
import test from 'node:test'
import { DEFAULTS, SETTING_NAMES, settingRow } from '../../src/daemon/settings.ts'
import type { SettingRow } from '../../src/daemon/rpc/types.ts'
import { DAYS, hasDay, minutesOf, timeOf, withDay } from '../../src/web/settings/clock.ts'
import { planOf, SECTIONS, sectionOf } from '../../src/web/settings/setting-plan.ts'
import { helpOf, linesOf, textOf, valueOf, withoutPlace } from '../../src/web/settings/setting-text.ts'
import { englishSettings } from '../../src/web/words/english-settings.ts'

const ROWS = SETTING_NAMES.map((name) => settingRow(name, DEFAULTS[name]))
const NEW: SettingRow = {
  name: 'tomorrow',
  value: 'x',
  about: 'what is not known yet (text)',
  section: 'network',
  kind: 'text',
  choices: [],
  least: null,
  most: null,
  isForNextStart: false,
  isForOwner: false,
}

test('each setting that there is has one place in the form, and words of its own', () => {
  const placed = SECTIONS.flatMap((section) =>
    planOf(ROWS, section).flatMap(({ row, toggle }) => (toggle === undefined ? [row.name] : [row.name, toggle.name])),
  )
  assert.deepEqual(placed.toSorted(), SETTING_NAMES.toSorted())
  const named = SECTIONS.flatMap((section) => planOf(ROWS, section).map(({ row }) => row.name))
  assert.deepEqual(
    named.filter((name) => englishSettings.labels[name] === undefined),
    [],
  )
})

test('a limit and its switch are one line; the alternative limits stand with their clock', () => {
  const [down, up, ...more] = planOf(ROWS, 'speed')
  assert.deepEqual(
    [down, up].map((planned) => [planned?.row.name, planned?.toggle?.name]),
    [
      ['down-limit', 'down-limit-on'],
      ['up-limit', 'up-limit-on'],
    ],
  )
  assert.deepEqual(more, [])
  const slow = planOf(ROWS, 'schedule').map(({ row }) => row.name)
  assert.ok(slow.includes('alt-on') && slow.includes('alt-days'), slow.join(' '))
})

test('a setting that the page does not know is shown where the daemon says', () => {
  assert.deepEqual(planOf([...ROWS, NEW], 'network').at(-1), { row: NEW, toggle: undefined })
  assert.equal(helpOf(NEW.about), 'What is not known yet.')
  assert.equal(helpOf('URLs (a list, each a URL (http or udp))'), 'URLs.')
})

test('a section that there is not leads to the first', () => {
  assert.deepEqual([undefined, '', 'nothing', 'queue'].map(sectionOf), ['status', 'status', 'status', 'queue'])
})

test('values become text and back: lists a line each, spaces in folders kept, secrets never shown', () => {
  const list = { ...NEW, kind: 'list' as const, value: ['/home/me/My films', '/srv'] }
  assert.equal(textOf(list), '/home/me/My films\n/srv')
  assert.deepEqual(valueOf(list, ' /home/me/My films \n\n/srv\n'), list.value)
  assert.equal(textOf({ ...NEW, kind: 'secret', value: '********' }), '')
  assert.equal(valueOf({ kind: 'secret' }, ' a b '), ' a b ')
  assert.equal(valueOf({ kind: 'number' }, ' 7 '), '7')
  assert.deepEqual(linesOf(''), [])
})

test('what the daemon says against a value begins as a sentence', () => {
  assert.equal(withoutPlace('Config: "name" expects a name'), '"name" expects a name')
  assert.equal(withoutPlace('the disk is full'), 'The disk is full')
})

test('minutes of the day are times, and what is no time is none', () => {
  for (const minutes of [0, 5, 540, 1439]) assert.equal(minutesOf(timeOf(minutes)), minutes)
  assert.equal(timeOf(545), '09:05')
  assert.deepEqual(['', '24:00', '9:00', '12:60', 'x'].map(minutesOf), Array(5).fill(undefined))
})

test('days are bits from Sunday on, shown from Monday on', () => {
  assert.deepEqual(
    DAYS.filter((day) => hasDay(1 + 2 + 64, day)),
    [1, 6, 0],
  )
  assert.equal(withDay(127, 3, false), 119)
  assert.equal(withDay(119, 3, true), 127)
})
