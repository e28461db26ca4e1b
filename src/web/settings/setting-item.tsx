// A setting in the form, by its kind.
import type { JSX } from 'preact'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { words } from '../words/words.ts'
import { FolderControl, ListControl } from './folder-controls.tsx'
import { SecretControl } from './secret-control.tsx'
import { describedBy, idsOf, labelOf, SettingLine } from './setting-line.tsx'
import type { Planned } from './setting-plan.ts'
import { Switch } from './switch.tsx'
import { TextInput } from './text-input.tsx'
import { type SettingField, useField } from './use-field.ts'

const text = words.settings

export function SettingItem({ row, toggle }: Planned): JSX.Element {
  return toggle === undefined ? <OneSetting row={row} /> : <SettingWithSwitch row={row} toggle={toggle} />
}

function OneSetting({ row }: Pick<Planned, 'row'>): JSX.Element {
  const field = useField(row)
  return (
    <SettingLine row={row} fields={[field]} isWide={row.isForOwner || row.kind === 'list' || row.kind === 'folder'}>
      <Control row={row} field={field} />
    </SettingLine>
  )
}

/** The line's name is the switch's; the number beside it has the same and its unit. */
function SettingWithSwitch({ row, toggle }: { readonly row: SettingRow; readonly toggle: SettingRow }): JSX.Element {
  const [field, isOn] = [useField(row), useField(toggle)]
  const unit = text.units[row.name] ?? ''
  return (
    <SettingLine row={row} fields={[field, isOn]}>
      <span class={isOn.text === 'true' ? 'amount' : 'amount off'}>
        <TextInput
          field={field}
          isNumber
          attributes={{ ...describedBy(row, field), id: `${idsOf(row).control}-amount` }}
          label={`${labelOf(row)}${unit && ` (${unit})`}`}
        />
        <Unit name={row.name} />
      </span>
      <Switch field={isOn} attributes={describedBy(row, isOn)} />
    </SettingLine>
  )
}

function Unit({ name }: Pick<SettingRow, 'name'>): JSX.Element | null {
  const unit = text.units[name]
  return unit === undefined ? null : <span class="unit quiet small">{unit}</span>
}

interface ControlProps {
  readonly row: SettingRow
  readonly field: SettingField
}

function Control({ row, field }: ControlProps): JSX.Element {
  const attributes = describedBy(row, field)
  if (row.isForOwner) return <ListControl row={row} field={field} attributes={attributes} />
  switch (row.kind) {
    case 'flag':
      return <Switch field={field} attributes={attributes} />
    case 'number':
      return (
        <span class="amount">
          <TextInput field={field} isNumber attributes={attributes} />
          <Unit name={row.name} />
        </span>
      )
    case 'text':
      return <TextInput field={field} attributes={attributes} />
    case 'choice':
      return (
        <select
          {...attributes}
          class="input"
          value={field.text}
          onChange={(event) => void field.save(event.currentTarget.value)}
        >
          {row.choices.map((choice) => (
            <option key={choice} value={choice} selected={choice === field.text}>
              {text.choices[choice] ?? choice}
            </option>
          ))}
        </select>
      )
    case 'secret':
      return <SecretControl row={row} field={field} attributes={attributes} />
    case 'folder':
      return <FolderControl row={row} field={field} attributes={attributes} />
    case 'list':
      return <ListControl row={row} field={field} attributes={attributes} />
  }
}
