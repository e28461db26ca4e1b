import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OverFrames } from '../../src/web/state/over-frames.ts'

function screen() {
  const shown = new Map<number, string>()
  const perFrame: number[] = []
  const state = { isSeen: true, isBroken: false, settled: 0 }
  let next: (() => void) | undefined
  const changes = new OverFrames<number, string>({
    show(values) {
      if (state.isBroken) throw new Error('broken')
      perFrame.push(values.length)
      for (const value of values) shown.set(Number.parseInt(value, 10), value)
    },
    settle: () => state.settled++,
    isSeen: () => state.isSeen,
    nextFrame(then) {
      assert.equal(next, undefined, 'one frame at a time')
      next = then
    },
  })
  /** False: nobody waited for one. */
  const frame = (): boolean => {
    const then = next
    next = undefined
    then?.()
    return then !== undefined
  }
  return { shown, perFrame, state, changes, frame }
}

function many(count: number, word: string): [number, string][] {
  return Array.from({ length: count }, (_, id) => [id, `${id} ${word}`])
}

test('few changes are shown at once', () => {
  const { changes, shown, perFrame, frame } = screen()
  changes.tell(many(40, 'a'))
  assert.equal(shown.size, 40)
  assert.equal(frame(), false)
  assert.deepEqual(perFrame, [40])
})

test('many take some frames, not more than half a second of them, and the list settles once, after the last', () => {
  for (const count of [41, 1000, 5000]) {
    const on = screen()
    on.changes.tell(many(count, 'a'))
    let frames = 1
    while (on.frame()) frames++
    assert.equal(on.shown.size, count)
    assert.ok(frames <= 32 && frames > 1, `${frames}`)
    assert.ok(Math.max(...on.perFrame) <= Math.max(40, Math.ceil(count / 30)))
    assert.equal(on.state.settled, 1)
  }
})

test('what is told meanwhile is shown instead of what was told before, also if little is told then', () => {
  const on = screen()
  on.changes.tell(many(100, 'old'))
  on.changes.tell([[99, '99 new']])
  on.changes.forget(98)
  while (on.frame());
  assert.equal(on.shown.get(99), '99 new')
  assert.equal(on.shown.has(98), false)
  on.changes.tell(many(100, 'next'))
  while (on.frame());
  assert.equal(on.shown.get(99), '99 next')
})

test('nothing told before is shown after all was told anew', () => {
  const on = screen()
  on.changes.tell(many(100, 'old'))
  on.changes.showAll([...many(100, 'new').map(([, value]) => value)])
  while (on.frame());
  assert.ok([...on.shown.values()].every((value) => value.endsWith('new')))
})

test('where nothing is drawn all is shown at once, and what waited for a frame too', () => {
  const on = screen()
  on.changes.tell(many(1000, 'a'))
  on.state.isSeen = false
  on.changes.tell([[0, '0 b']])
  assert.equal(on.shown.size, 1000)
  assert.equal(on.shown.get(0), '0 b')
  while (on.frame());
  on.changes.tell(many(1000, 'c'))
  assert.ok([...on.shown.values()].every((value) => value.endsWith('c')))
})

test('where frames are few the list settles each time that more is told', () => {
  const on = screen()
  for (let told = 0; told < 10; told++) {
    on.changes.tell(many(1000, `${told}`))
    for (let frames = 0; frames < 20; frames++) on.frame()
  }
  assert.equal(on.state.settled, 9)
  while (on.frame());
  assert.ok([...on.shown.values()].every((value) => value.endsWith('9')))
})

test('what cannot be drawn does not stop the rest', () => {
  const on = screen()
  on.state.isBroken = true
  assert.throws(() => on.changes.tell(many(1000, 'a')), /broken/)
  on.state.isBroken = false
  while (on.frame());
  assert.equal(on.shown.size, 960)
})
