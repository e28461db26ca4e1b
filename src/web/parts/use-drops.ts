// Who takes what is dropped anywhere on the page: drop-target.tsx itself, or while a dialog is open that one, if it can.
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { ChosenFile } from '../state/dialogs.ts'
import { openDialogs } from './dialog.tsx'

type Take = (files: readonly ChosenFile[]) => void

/** As many as there are places for files in the page: one or two. */
const takers = new Map<RefObject<Element | null>, Take>()

/** While it is drawn, `element` is a place for files. */
export function useDrops(element: RefObject<Element | null>, take: Take): void {
  const newest = useRef(take)
  newest.current = take
  // Before it is seen: somebody may drop at once.
  useLayoutEffect(() => {
    // What is chosen may change while the files are looked for.
    takers.set(element, (files) => newest.current(files))
    return () => void takers.delete(element)
  }, [])
}

/** `undefined`: a dialog is open that has no use for files. `ofPage` takes them where no dialog is. */
export function takerOfDrops(ofPage: Take): Take | undefined {
  const topmost = openDialogs.peek().at(-1)
  if (topmost === undefined) return ofPage
  for (const [{ current }, take] of takers) if (current !== null && topmost.contains(current)) return take
  return undefined
}
