// Short notes in the corner: what was done, and what failed. Those that failed stay until they are closed.
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import { words } from '../words/words.ts'
import { Button, IconButton } from './button.tsx'

interface Toast {
  readonly id: number
  readonly text: string
  readonly level: 'good' | 'bad'
  readonly action: { readonly label: string; readonly onPress: () => void } | undefined
}

const SHOWN_MS = 5_000
/** More at once nobody reads; the oldest goes. */
const MOST = 4

const toasts = signal<readonly Toast[]>([])
let lastId = 0

function remove(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

export function tell(text: string, action?: Toast['action']): void {
  const id = add(text, 'good', action)
  setTimeout(() => remove(id), SHOWN_MS)
}

/** What went wrong, as a sentence. */
export function tellError(error: unknown): void {
  if (error instanceof DOMException && error.name === 'AbortError') return
  tellProblem(error instanceof Error ? error.message : words.somethingFailed)
}

export function tellProblem(text: string, action?: Toast['action']): void {
  if (!toasts.value.some((toast) => toast.text === text)) add(text, 'bad', action)
}

function add(text: string, level: Toast['level'], action: Toast['action']): number {
  const id = ++lastId
  // It may name files and people, whose names others chose.
  toasts.value = [...toasts.value.slice(1 - MOST), { id, text: printable(text), level, action }]
  return id
}

export function Toasts(): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const shown = toasts.value
  useEffect(() => {
    // Above dialogs, which are in the top layer too: the last one opened is on top.
    const layer = element.current
    if (layer === null) return
    if (layer.matches(':popover-open')) layer.hidePopover()
    if (shown.length > 0) layer.showPopover()
  }, [shown])
  return (
    <div ref={element} class="toasts" popover="manual" role="status" aria-live="polite">
      {shown.map(({ id, text, level, action }) => (
        <div key={id} class={`toast ${level}`}>
          <span>{text}</span>
          {action !== undefined && (
            <Button
              kind="bare"
              onPress={() => {
                remove(id)
                action.onPress()
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton icon="close" label={words.close} onPress={() => remove(id)} />
        </div>
      ))}
    </div>
  )
}
