// A list that is changed entry by entry and saved as a whole: what is pressed while a save is on its way changes what was
// wished last, and not what the daemon has, which would bring back what was just removed.
import { useEffect, useRef } from 'preact/hooks'

type Change = (wished: readonly string[]) => readonly string[]

/** `save` says whether it holds now, and is called in the order of the changes. The function returned says the same. */
export function useWishedList(
  kept: readonly string[],
  save: (wished: readonly string[]) => Promise<boolean>,
): (change: Change) => Promise<boolean> {
  const wished = useRef<readonly string[] | undefined>(undefined)
  const onTheWay = useRef(0)
  const shown = kept.join('\n')
  // Others change it, too. What is told while something is on its way may be older than that.
  useEffect(() => {
    if (onTheWay.current === 0) wished.current = undefined
  }, [shown])
  return async (change) => {
    const before = wished.current ?? kept
    const after = change(before)
    wished.current = after
    onTheWay.current++
    const isSaved = await save(after)
    onTheWay.current--
    // What was refused is nothing to build on.
    if (!isSaved && wished.current === after) wished.current = undefined
    return isSaved
  }
}
