// Where a download goes: typed or found by browsing, with what is free there.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { printSize } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Field, Notice } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { FolderBrowser } from '../share/folder-browser.tsx'
import { words } from '../words/words.ts'
import { freeSpace } from './free-space.ts'

const text = words.download
/** After the last key. */
const PAUSE_MS = 250

interface PlaceFieldProps {
  readonly value: string
  readonly onChange: (dir: string) => void
  /** What is to fit. */
  readonly neededBytes: number
}

export function PlaceField({ value, onChange, neededBytes }: PlaceFieldProps): JSX.Element {
  const free = useFreeSpace(value)
  const [isBrowsing, setIsBrowsing] = useState(false)
  return (
    <div class="place">
      <Field label={text.place} help={said(free)}>
        {(ids) => (
          <span class="with-button">
            <input
              {...ids}
              class="input"
              value={value}
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => onChange(event.currentTarget.value)}
            />
            <Button icon="folder" isPressed={isBrowsing} onPress={() => setIsBrowsing(!isBrowsing)}>
              {text.browse}
            </Button>
          </span>
        )}
      </Field>
      {typeof free === 'number' && neededBytes > free && (
        <div role="alert">
          <Notice kind="warn">{text.doesNotFit(printSize(neededBytes), printSize(free))}</Notice>
        </div>
      )}
      {isBrowsing && <FolderBrowser kind="folder" start={value} chosen={[value]} onChoose={onChange} />}
    </div>
  )
}

type Free = number | 'asking' | 'unknown'

function said(free: Free): string {
  // The line keeps its height.
  if (free === 'asking') return '\u00a0'
  return free === 'unknown' ? text.freeUnknown : text.free(printSize(free))
}

function useFreeSpace(dir: string): Free {
  const [free, setFree] = useState<Free>('asking')
  useEffect(() => {
    if (dir === '') return undefined
    const ended = new AbortController()
    const look = (): void => {
      freeSpace(dir, ended.signal).then((bytes) => {
        if (!ended.signal.aborted) setFree(bytes ?? 'unknown')
      }, tellError)
    }
    const timer = setTimeout(look, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      ended.abort()
    }
  }, [dir])
  return free
}
