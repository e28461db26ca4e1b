// A dialog over the page: the browser's own, which keeps the keyboard inside and gives it back.
import { signal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { words } from '../words/words.ts'
import { IconButton } from './button.tsx'

/** Those that are open, the topmost last: all else in the page takes neither pointer nor keyboard. */
export const openDialogs = signal<readonly HTMLDialogElement[]>([])

export interface DialogProps {
  readonly title: ComponentChildren
  readonly children: ComponentChildren
  /** Buttons. */
  readonly footer?: ComponentChildren
  readonly isWide?: boolean
  /** One that comes by itself, and waits for an answer. */
  readonly role?: 'alertdialog'
  /** Escape, the cross, or the way back on a phone. */
  readonly onClose: () => void
  /** Called when the form is sent, by Enter too; without it there is none. */
  readonly onSubmit?: () => unknown
}

export function Dialog({ title, children, footer, isWide = false, role, onClose, onSubmit }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = element.current
    if (dialog === null) return undefined
    dialog.showModal()
    openDialogs.value = [...openDialogs.value, dialog]
    return () => {
      dialog.close()
      openDialogs.value = openDialogs.value.filter((one) => one !== dialog)
    }
  }, [])
  const submit = (event: Event): void => {
    event.preventDefault()
    onSubmit?.()
  }
  const cancel = (event: Event): void => {
    // Files in it tell of a cancel, too.
    if (event.target !== element.current) return
    event.preventDefault()
    onClose()
  }
  const inside = (
    <>
      <div class="body">{children}</div>
      {footer !== undefined && <footer>{footer}</footer>}
    </>
  )
  return (
    <dialog ref={element} class={isWide ? 'dialog wide' : 'dialog'} role={role} aria-labelledby={id} onCancel={cancel}>
      <header>
        <h2 id={id} class="break">
          {title}
        </h2>
        <IconButton icon="close" label={words.close} onPress={onClose} />
      </header>
      {onSubmit === undefined ? (
        inside
      ) : (
        <form class="dialog-form" onSubmit={submit}>
          {inside}
        </form>
      )}
    </dialog>
  )
}
