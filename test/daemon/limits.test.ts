import assert from 'node:assert/strict'
import test from 'node:test'
import { isScheduled, limitsNow } from '../../src/daemon/limits.ts'
import { DEFAULTS } from '../../src/daemon/settings.ts'

/** Of November 2026, whose first day is a Sunday. */
const at = (day: number, hour: number, minute = 0): Date => new Date(2026, 10, day, hour, minute)

test('limits hold when they are switched on; the alternative ones go before', () => {
  assert.deepEqual(limitsNow(DEFAULTS), { download: undefined, upload: undefined })
  const limited = { ...DEFAULTS, 'down-limit-on': true, 'down-limit': 70 }
  assert.deepEqual(limitsNow(limited), { download: 70_000, upload: undefined })
  assert.deepEqual(limitsNow({ ...limited, 'alt-on': true, 'alt-up-limit': 0 }), { download: 50_000, upload: 0 })
})

test('a schedule holds from its begin to before its end, on its days', () => {
  const settings = { ...DEFAULTS, 'alt-begin': 9 * 60, 'alt-end': 17 * 60, 'alt-days': 0b0111110 }
  assert.deepEqual(
    [at(2, 9), at(2, 8, 59), at(2, 16, 59), at(2, 17), at(1, 12), at(7, 12)].map((time) => isScheduled(settings, time)),
    [true, false, true, false, false, false],
  )
})

test('a night belongs to the day on which it begins', () => {
  const settings = { ...DEFAULTS, 'alt-begin': 22 * 60, 'alt-end': 6 * 60, 'alt-days': 0b1000000 }
  assert.deepEqual(
    [at(7, 23), at(8, 5, 59), at(8, 6), at(8, 23), at(7, 3)].map((time) => isScheduled(settings, time)),
    [true, true, false, false, false],
  )
})
