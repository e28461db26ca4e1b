// A line of text to be copied: selected by a press, with a button beside it.
import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { copyText } from '../parts/copy-text.ts'
import { tellError } from '../parts/toast.tsx'
import { words } from '../words/words.ts'

interface CopyFieldProps {
  readonly label: string
  readonly value: string
  readonly isPrimary?: boolean
  /** Buttons beside. */
  readonly children?: ComponentChildren
}

export function CopyField({ label, value, isPrimary = false, children }: CopyFieldProps): JSX.Element {
  const id = useId()
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      <div class="copy-line">
        <input id={id} class="input copied" readOnly value={value} onFocus={(event) => event.currentTarget.select()} />
        <Button
          icon="copy"
          kind={isPrimary ? 'primary' : 'plain'}
          onPress={() => void copyText(value).catch(tellError)}
        >
          {words.copy}
        </Button>
        {children}
      </div>
    </div>
  )
}
