// One line to type in and a button: a peer or a tracker is added. What was typed stays until it was taken.
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/small.tsx'
import { sentenceOf } from '../state/api.ts'
import { words } from '../words/words.ts'

interface AddLineProps {
  readonly label: string
  readonly hint: string
  readonly onAdd: (value: string) => Promise<unknown>
  /** Beside the button. */
  readonly children?: ComponentChildren
}

export function AddLine({ label, hint, onAdd, children }: AddLineProps): JSX.Element {
  const [value, setValue] = useState('')
  const [wrong, setWrong] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (value.trim() === '') return
    setIsBusy(true)
    try {
      await onAdd(value.trim())
      setValue('')
      setWrong(undefined)
    } catch (error) {
      setWrong(sentenceOf(error))
    }
    setIsBusy(false)
  }
  return (
    <form class="add-line" onSubmit={(event) => void submit(event)}>
      <Field label={label} wrong={wrong}>
        {(ids) => (
          <input
            {...ids}
            class="input"
            value={value}
            placeholder={hint}
            autocomplete="off"
            spellcheck={false}
            aria-invalid={wrong !== undefined}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="line">
        <Button icon="add" isSubmit isDisabled={isBusy}>
          {words.details.addButton}
        </Button>
        {children}
      </div>
    </form>
  )
}
