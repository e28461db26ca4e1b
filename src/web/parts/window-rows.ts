// Of a long list only the rows near the window are in the page: which ones.

export interface WindowRows {
  readonly first: number
  /** One after the last. */
  readonly end: number
}

/** Rows of one height; `extra` above and below are there before they are scrolled to. */
export function windowRows(scrollTop: number, height: number, rowHeight: number, count: number, extra = 8): WindowRows {
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight) - extra))
  const end = Math.max(first, Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + extra))
  return { first, end }
}

/** By how many rows a key moves in a list of `count`, a page being what is seen; undefined: by none. */
export function rowsOfKey(key: string, height: number, rowHeight: number, count: number): number | undefined {
  const page = Math.max(1, Math.floor(height / rowHeight) - 1)
  switch (key) {
    case 'ArrowDown':
      return 1
    case 'ArrowUp':
      return -1
    case 'PageDown':
      return page
    case 'PageUp':
      return -page
    case 'Home':
      return -count
    case 'End':
      return count
  }
  return undefined
}

/** Where to scroll so that a row is seen; the same place if it is. */
export function scrollToRow(row: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = row * rowHeight
  if (top < scrollTop) return top
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : scrollTop
}
