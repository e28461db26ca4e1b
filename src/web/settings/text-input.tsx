// A line of text for a setting. It is saved when the field is left or Enter is pressed; Escape brings the old value back.
import type { JSX } from 'preact'
import type { ControlAttributes } from './setting-line.tsx'
import type { SettingField } from './use-field.ts'

interface TextInputProps {
  readonly field: SettingField
  readonly isNumber?: boolean
  readonly attributes: ControlAttributes
  /** Where no label names it. */
  readonly label?: string
  readonly placeholder?: string
}

/** Numbers too are typed as text: of a wrong one a browser's own field would tell nothing. */
export function TextInput({ field, isNumber = false, attributes, label, placeholder }: TextInputProps): JSX.Element {
  return (
    <input
      {...attributes}
      class={isNumber ? 'input number' : 'input'}
      type="text"
      inputMode={isNumber ? 'decimal' : 'text'}
      autocomplete="off"
      spellcheck={false}
      aria-label={label}
      placeholder={placeholder}
      value={field.text}
      onInput={(event) => field.type(event.currentTarget.value)}
      onBlur={() => field.commit()}
      onKeyDown={(event) => {
        if (event.key === 'Enter') field.commit()
        else if (event.key === 'Escape') field.revert()
      }}
    />
  )
}
