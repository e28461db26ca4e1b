// Which torrents of a list are chosen, and where the keyboard is: as in file managers (Ctrl adds, Shift reaches to).

export interface Selection {
  readonly chosen: ReadonlySet<number>
  /** Where the keyboard is; undefined: nowhere yet. */
  readonly at: number | undefined
  /** Where a reach with Shift begins. */
  readonly from: number | undefined
}

export const NO_SELECTION: Selection = { chosen: new Set(), at: undefined, from: undefined }

export interface Keys {
  readonly isToggle: boolean
  readonly isReach: boolean
}

/** After a press on `id` in a list in this order. */
export function press(selection: Selection, order: readonly number[], id: number, keys: Keys): Selection {
  if (keys.isReach) {
    const from = selection.from ?? id
    const [first = 0, last = 0] = [order.indexOf(from), order.indexOf(id)].toSorted((a, b) => a - b)
    return { chosen: new Set(order.slice(Math.max(0, first), last + 1)), at: id, from }
  }
  if (!keys.isToggle) return { chosen: new Set([id]), at: id, from: id }
  const chosen = new Set(selection.chosen)
  if (!chosen.delete(id)) chosen.add(id)
  return { chosen, at: id, from: id }
}

/** After an arrow or the like; `step` may go past an end. */
export function step(selection: Selection, order: readonly number[], by: number, isReach: boolean): Selection {
  if (order.length === 0) return NO_SELECTION
  const now = selection.at === undefined ? -1 : order.indexOf(selection.at)
  const next = now === -1 && by < 0 ? order.length - 1 : Math.max(0, Math.min(order.length - 1, now + by))
  const id = order[next]
  return id === undefined ? NO_SELECTION : press(selection, order, id, { isToggle: false, isReach })
}

/** Without those that are not in the list any more. */
export function only(selection: Selection, order: readonly number[]): Selection {
  const there = new Set(order)
  if (selection.chosen.isSubsetOf(there) && (selection.at === undefined || there.has(selection.at))) return selection
  const chosen = selection.chosen.intersection(there)
  const kept = (id: number | undefined): number | undefined => (id !== undefined && there.has(id) ? id : undefined)
  return { chosen, at: kept(selection.at), from: kept(selection.from) }
}
