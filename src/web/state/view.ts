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

/** Numbers, in the order of the list. */
export const order = computed(() => {
  const wanted = {
    group: group.value,
    label: label.value,
    words: filterWords.value,
    column: column.value,
    isDescending: isDescending.value,
  }
  return inOrder(torrents.value, wanted).map(({ id }) => id)
})

export const labels = computed(() => labelsIn(torrents.value))

const pressed = signal<Selection>(NO_SELECTION)
export const selection = computed(() => only(pressed.value, order.value))

export function select(change: Selection): void {
  pressed.value = change
}
