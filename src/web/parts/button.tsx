// Buttons: with words, with an icon, or both.
import type { ComponentChildren, JSX } from 'preact'
import { Icon, type IconName } from './icon.tsx'

export interface ButtonProps {
  readonly onPress?: (event: MouseEvent) => unknown
  readonly icon?: IconName
  /** 'primary': what most people want here. 'bare': without a border. */
  readonly kind?: 'plain' | 'primary' | 'bare' | 'danger' | 'danger primary'
  readonly isDisabled?: boolean
  readonly isPressed?: boolean
  /** Sends the form that it is in. */
  readonly isSubmit?: boolean
  readonly children: ComponentChildren
}

export function Button(props: ButtonProps): JSX.Element {
  const { onPress, icon, kind = 'plain', isDisabled = false, isPressed, isSubmit = false, children } = props
  return (
    <button
      type={isSubmit ? 'submit' : 'button'}
      class={`button ${kind}`}
      onClick={onPress}
      disabled={isDisabled}
      aria-pressed={isPressed}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  )
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  readonly icon: IconName
  /** For the tip and for screen readers. */
  readonly label: string
}

export function IconButton(props: IconButtonProps): JSX.Element {
  const { onPress, icon, label, kind = 'bare', isDisabled = false, isPressed } = props
  return (
    <button
      type="button"
      class={`button icon ${kind}`}
      onClick={onPress}
      disabled={isDisabled}
      aria-pressed={isPressed}
      aria-label={label}
      title={label}
    >
      <Icon name={icon} />
    </button>
  )
}
