// A menu below a button, or where the pointer was: the browser's popover, with arrow keys.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Icon, type IconName } from './icon.tsx'

export interface MenuItem {
  readonly label: ComponentChildren
  readonly icon?: IconName
  readonly isDanger?: boolean
  readonly isDisabled?: boolean
  readonly onPress: () => unknown
}

/** 'line': a line between two groups. */
export type MenuEntry = MenuItem | 'line'

interface MenuProps {
  readonly entries: readonly MenuEntry[]
  /** Where its corner should be, in the window. */
  readonly at: { readonly x: number; readonly y: number }
  readonly onClose: () => void
}

const EDGE = 8
/** Those that can be pressed. */
const ITEMS = 'button:not(:disabled)'

export function Menu({ entries, at, onClose }: MenuProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const menu = element.current
    if (menu === null) return
    menu.showPopover()
    const { width, height } = menu.getBoundingClientRect()
    menu.style.left = `${Math.max(EDGE, Math.min(at.x, innerWidth - width - EDGE))}px`
    menu.style.top = `${Math.max(EDGE, Math.min(at.y, innerHeight - height - EDGE))}px`
    // A disabled one would leave the keyboard with what lies behind.
    const first = menu.querySelector<HTMLElement>(ITEMS) ?? menu
    first.focus()
  }, [at.x, at.y])
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const items = [...(element.current?.querySelectorAll<HTMLElement>(ITEMS) ?? [])]
    const now = items.findIndex((item) => item === document.activeElement)
    // On the menu itself: to its first, or its last.
    items.at(now === -1 ? Math.min(step, 0) : (now + step) % items.length)?.focus()
  }
  return (
    <div
      ref={element}
      popover="auto"
      class="menu"
      role="menu"
      tabIndex={-1}
      onKeyDown={onKey}
      onToggle={(event) => event.newState === 'closed' && onClose()}
    >
      {entries.map((entry, n) =>
        entry === 'line' ? (
          <hr key={n} />
        ) : (
          <button
            key={n}
            type="button"
            role="menuitem"
            class={entry.isDanger === true ? 'danger' : ''}
            disabled={entry.isDisabled}
            onClick={() => {
              element.current?.hidePopover()
              entry.onPress()
            }}
          >
            {entry.icon !== undefined && <Icon name={entry.icon} />}
            {entry.label}
          </button>
        ),
      )}
    </div>
  )
}

/**
 * Linux and macOS ask for a menu when the button goes down; a popover that is open when it goes up again is closed by that, as
 * by any press beside it.
 */
export function whenReleased(event: MouseEvent, open: () => void): void {
  if (event.buttons === 0) open()
  else addEventListener('pointerup', () => setTimeout(open), { once: true })
}

export interface MenuButtonProps {
  readonly label: string
  readonly icon: IconName
  readonly entries: readonly MenuEntry[]
  /** Beside the icon. */
  readonly children?: ComponentChildren
}

export function MenuButton({ label, icon, entries, children }: MenuButtonProps): JSX.Element {
  const [at, setAt] = useState<MenuProps['at']>()
  const id = useId()
  const open = (event: MouseEvent): void => {
    event.stopPropagation()
    const { left, bottom } = (event.currentTarget as HTMLElement).getBoundingClientRect()
    setAt({ x: left, y: bottom + 4 })
  }
  return (
    <>
      <button
        id={id}
        type="button"
        class={children === undefined ? 'button icon bare' : 'button bare'}
        aria-haspopup="menu"
        aria-expanded={at !== undefined}
        aria-label={label}
        title={label}
        onClick={open}
      >
        <Icon name={icon} />
        {children}
      </button>
      {at !== undefined && <Menu entries={entries} at={at} onClose={() => setAt(undefined)} />}
    </>
  )
}
