// A setting that is on or off. What cannot be saved jumps back.
import type { JSX } from 'preact'
import type { ControlAttributes } from './setting-line.tsx'
import type { SettingField } from './use-field.ts'

interface SwitchProps {
  readonly field: SettingField
  readonly attributes: ControlAttributes
}

export function Switch({ field, attributes }: SwitchProps): JSX.Element {
  return (
    <input
      {...attributes}
      class="switch"
      type="checkbox"
      role="switch"
      checked={field.text === 'true'}
      onChange={(event) => void field.save(String(event.currentTarget.checked))}
    />
  )
}
