// The smallest parts: names from outside, bars, labelled fields, nothing-here, notices.
import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import { Icon, type IconName } from './icon.tsx'

/** Text that others chose: without control characters, and with a direction of its own. */
export function Name({ text, isCut = true }: { readonly text: string; readonly isCut?: boolean }): JSX.Element {
  const clean = printable(text)
  return (
    <bdi class={isCut ? 'cut' : 'break'} title={isCut ? clean : undefined}>
      {clean}
    </bdi>
  )
}

interface ProgressProps {
  /** 0 to 1. */
  readonly value: number
  readonly label: string
  readonly kind?: 'plain' | 'good' | 'bad' | 'still'
}

export function Progress({ value, label, kind = 'plain' }: ProgressProps): JSX.Element {
  const part = Math.max(0, Math.min(1, value))
  return (
    <div
      class={`progress ${kind}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(part * 100)}
    >
      <span style={{ width: `${part * 100}%` }} />
    </div>
  )
}

interface FieldProps {
  readonly label: string
  readonly help?: ComponentChildren
  /** What is wrong with what stands in it. */
  readonly wrong?: string | undefined
  readonly children: (ids: { readonly id: string; readonly 'aria-describedby': string }) => JSX.Element
}

export function Field({ label, help, wrong, children }: FieldProps): JSX.Element {
  const id = useId()
  const helpId = `${id}-help`
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      {children({ id, 'aria-describedby': helpId })}
      <span
        id={helpId}
        class={wrong === undefined ? 'quiet small' : 'wrong'}
        role={wrong === undefined ? undefined : 'alert'}
      >
        {wrong ?? help}
      </span>
    </div>
  )
}

interface CheckProps {
  readonly label: ComponentChildren
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
  readonly isDisabled?: boolean
}

export function Check({ label, isOn, onChange, isDisabled = false }: CheckProps): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isOn}
        disabled={isDisabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  )
}

interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  readonly children?: ComponentChildren
}

/** Where there is nothing yet: what this place is for, and how to begin. */
export function Empty({ icon, title, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  )
}

interface NoticeProps {
  readonly kind?: 'plain' | 'warn' | 'bad'
  readonly children: ComponentChildren
}

export function Notice({ kind = 'plain', children }: NoticeProps): JSX.Element {
  return (
    <div class={`notice ${kind}`}>
      <Icon name={kind === 'plain' ? 'info' : 'warning'} />
      <div>{children}</div>
    </div>
  )
}

/** What went wrong, said where it did; nothing while it is empty. */
export function Problem({ text }: { readonly text: string }): JSX.Element | null {
  if (text === '') return null
  return (
    <div role="alert">
      <Notice kind="bad">{text}</Notice>
    </div>
  )
}
