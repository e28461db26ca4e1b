// How the list of torrents is shown: kept in this browser.
import { computed, signal } from '@preact/signals'
import { COLUMNS, type Column, GROUPS, type Group, inOrder, labelsIn } from '../torrents/torrent-order.ts'
import { NO_SELECTION, only, type Selection } from '../torrents/selection.ts'
import { kept, oneOf } from './preferences.ts'
import { torrents } from './torrents.ts'

export const group = kept<Group>('group', 'all', oneOf(...GROUPS))
export const column = kept<Column>('column', 'added', oneOf(...COLUMNS))
export const isDescending = kept('descending', true, (value) => typeof value === 'boolean')
export const label = signal('')
export const filterWords = signal('')

let lastOrder: readonly number[] = []

/** Numbers, in the order of the list. The same object while they are the same: the list is not drawn anew then. */
export const order = computed(() => {
  const wanted = {
    group: group.value,
    label: label.value,
    words: filterWords.value,
    column: column.value,
    isDescending: isDescending.value,
  }
  const ids = inOrder(torrents.value, wanted).map(({ id }) => id)
  if (ids.length !== lastOrder.length || ids.some((id, n) => id !== lastOrder[n])) lastOrder = ids
  return lastOrder
})

export const labels = computed(() => labelsIn(torrents.value))

const pressed = signal<Selection>(NO_SELECTION)
export const selection = computed(() => only(pressed.value, order.value))

export function select(change: Selection): void {
  pressed.value = change
}
