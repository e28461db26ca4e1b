// Short notes in the corner: what was done, and what failed. Those that failed stay until they are closed.
import { sentenceOf } from '../state/api.ts'
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { words } from '../words/words.ts'
import { Button, IconButton } from './button.tsx'
import { openDialogs } from './dialog.tsx'
import { Inside } from './inside.tsx'

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

/** Names that others chose come through `named` of words/, and what the daemon says is clean: nothing is cleaned here. */
export function tell(text: string, action?: Toast['action']): void {
  const id = add(text, 'good', action)
  setTimeout(() => remove(id), SHOWN_MS)
}

/** What went wrong, as a sentence. */
export function tellError(error: unknown): void {
  if (error instanceof DOMException && error.name === 'AbortError') return
  tellProblem(sentenceOf(error))
}

export function tellProblem(text: string, action?: Toast['action']): void {
  if (!toasts.value.some((toast) => toast.text === text)) add(text, 'bad', action)
}

function add(text: string, level: Toast['level'], action: Toast['action']): number {
  const id = ++lastId
  toasts.value = [...toasts.value.slice(1 - MOST), { id, text, level, action }]
  return id
}

/** Within the topmost dialog, if there is one: all else can be neither pressed nor read then. */
export function Toasts(): JSX.Element {
  const topmost = openDialogs.value.at(-1)
  return (
    <>
      <Layer isTopmost={topmost === undefined} />
      {topmost !== undefined && (
        <Inside element={topmost}>
          <Layer isTopmost />
        </Inside>
      )}
    </>
  )
}

/** Stands in the page also when it is empty: screen readers tell only what comes into a place that they know. */
function Layer({ isTopmost }: { readonly isTopmost: boolean }): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {isTopmost && toasts.value.map((toast) => <Note key={toast.id} {...toast} />)}
    </div>
  )
}

function Note({ id, text, level, action }: Toast): JSX.Element {
  const act = (): void => {
    remove(id)
    action?.onPress()
  }
  return (
    <div class={`toast ${level}`}>
      <span>{text}</span>
      {action !== undefined && (
        <Button kind="bare" onPress={act}>
          {action.label}
        </Button>
      )}
      <IconButton icon="close" label={words.close} onPress={() => remove(id)} />
    </div>
  )
}
