// A password or PIN: never shown, only whether there is one. It is not saved on the way past, since nobody could see a slip.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { Button } from '../parts/button.tsx'
import { words } from '../words/words.ts'
import { type ControlAttributes, labelOf } from './setting-line.tsx'
import type { SettingField } from './use-field.ts'

const text = words.settings

interface SecretControlProps {
  readonly row: SettingRow
  readonly field: SettingField
  readonly attributes: ControlAttributes
}

export function SecretControl({ row, field, attributes }: SecretControlProps): JSX.Element {
  const [typed, setTyped] = useState('')
  const isSet = row.value !== ''
  const save = async (): Promise<void> => {
    if (typed !== '' && (await field.save(typed))) setTyped('')
  }
  const drop = async (): Promise<void> => {
    if (await field.save('')) setTyped('')
  }
  return (
    <form
      class="with-button"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <input
        {...attributes}
        class="input"
        type="password"
        autocomplete="new-password"
        placeholder={isSet ? text.isSet : text.isUnset}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      {isSet && typed === '' ? (
        <Button onPress={() => void drop()}>
          {text.removeSecret}
          <span class="for-readers"> {labelOf(row)}</span>
        </Button>
      ) : (
        <Button isSubmit isDisabled={typed === ''}>
          {words.save}
          <span class="for-readers"> {labelOf(row)}</span>
        </Button>
      )}
    </form>
  )
}
