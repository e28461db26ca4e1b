// A labelled box for one line of text, or for a number.
import type { InputHTMLAttributes, JSX } from 'preact'
import { Field } from './small.tsx'

interface LineProps {
  readonly label: string
  readonly help?: string
  readonly value: string
  readonly placeholder?: string
  readonly onChange: (value: string) => void
}

interface TextFieldProps extends LineProps {
  readonly maxLength?: number
  /** Has the keyboard when its dialog opens. */
  readonly isFirst?: boolean
}

export function TextField({ maxLength, isFirst = true, ...line }: TextFieldProps): JSX.Element {
  return <Line {...line} input={{ autocomplete: 'off', spellcheck: false, maxLength, autofocus: isFirst }} />
}

interface NumberFieldProps extends LineProps {
  readonly step?: string
}

/** Empty or a number from 0; the browser refuses to send a form with anything else. */
export function NumberField({ step = '1', ...line }: NumberFieldProps): JSX.Element {
  return <Line {...line} input={{ type: 'number', min: '0', step }} />
}

function Line(props: LineProps & { readonly input: InputHTMLAttributes<HTMLInputElement> }): JSX.Element {
  const { label, help, value, placeholder, onChange, input } = props
  return (
    <Field label={label} help={help}>
      {(ids) => (
        <input
          {...ids}
          {...input}
          class="input"
          value={value}
          placeholder={placeholder}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
