// What somebody types for a setting until the daemon has it: kept when it is wrong, with the sentence that says why.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { tellError } from '../parts/toast.tsx'
import { sentenceOf } from '../state/api.ts'
import { saveSetting } from './settings-state.ts'
import { textOf, valueOf, withoutPlace } from './setting-text.ts'

/** How long "Saved" is shown. */
const SAVED_MS = 4_000

export interface SettingField {
  /** What stands in the field. */
  readonly text: string
  /** What the daemon says against it; empty: nothing. */
  readonly wrong: string
  readonly isSaved: boolean
  type(text: string): void
  /** Saves what was typed, if it is another value. */
  commit(): void
  /** Saves this; true: it holds now. */
  save(text: string): Promise<boolean>
  /** Back to what the daemon has. */
  revert(): void
}

export function useField(row: SettingRow): SettingField {
  const kept = textOf(row)
  const [draft, setDraft] = useState<string>()
  const [wrong, setWrong] = useState('')
  const [isSaved, setIsSaved] = useState(false)
  const isShown = useRef(true)
  /** Enter was pressed, and then the field was left. */
  const onTheWay = useRef<string | undefined>(undefined)
  useEffect(
    () => () => {
      isShown.current = false
    },
    [],
  )
  useEffect(() => {
    if (!isSaved) return undefined
    const timer = setTimeout(() => setIsSaved(false), SAVED_MS)
    return () => clearTimeout(timer)
  }, [isSaved])

  const revert = (): void => {
    setDraft(undefined)
    setWrong('')
  }
  const save = async (text: string): Promise<boolean> => {
    setDraft(text)
    setIsSaved(false)
    onTheWay.current = text
    try {
      await saveSetting(row.name, valueOf(row, text))
    } catch (error) {
      if (!isShown.current) tellError(error)
      setWrong(withoutPlace(sentenceOf(error)))
      // A switch that shows what does not hold would lie; what was typed is kept to be mended.
      if (row.kind === 'flag') setDraft(undefined)
      return false
    } finally {
      if (onTheWay.current === text) onTheWay.current = undefined
    }
    // Something else may have been typed meanwhile.
    setDraft((now) => (now === text ? undefined : now))
    setWrong('')
    setIsSaved(true)
    return true
  }
  const commit = (): void => {
    if (draft === undefined || draft === kept) revert()
    else if (draft !== onTheWay.current) void save(draft)
  }
  return { text: draft ?? kept, wrong, isSaved, type: setDraft, commit, save, revert }
}
