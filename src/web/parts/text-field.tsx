// A labelled box for one line of text, or for a number.
import type { JSX } from 'preact'
import { Field } from './small.tsx'

interface TextFieldProps {
  readonly label: string
  readonly help?: string
  readonly value: string
  readonly placeholder?: string
  readonly maxLength?: number
  /** Has the keyboard when its dialog opens. */
  readonly isFirst?: boolean
  readonly onChange: (value: string) => void
}

export function TextField(props: TextFieldProps): JSX.Element {
  const { label, help, value, placeholder, maxLength, isFirst = true, onChange } = props
  return (
    <Field label={label} help={help}>
      {(ids) => (
        <input
          {...ids}
          class="input"
          autocomplete="off"
          spellcheck={false}
          maxLength={maxLength}
          value={value}
          placeholder={placeholder}
          onInput={(event) => onChange(event.currentTarget.value)}
          autofocus={isFirst}
        />
      )}
    </Field>
  )
}

interface NumberFieldProps extends TextFieldProps {
  readonly step?: string
}

/** Empty or a number from 0; the browser refuses to send a form with anything else. */
export function NumberField({ label, help, value, placeholder, onChange, step = '1' }: NumberFieldProps): JSX.Element {
  return (
    <Field label={label} help={help}>
      {(ids) => (
        <input
          {...ids}
          class="input"
          type="number"
          min="0"
          step={step}
          value={value}
          placeholder={placeholder}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
