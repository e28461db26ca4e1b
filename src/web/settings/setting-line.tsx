// One line of the form: what a setting is called and does at the left, where it is changed at the right, and below what is
// wrong with what was typed.
import type { ComponentChildren, JSX } from 'preact'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { words } from '../words/words.ts'
import { helpOf } from './setting-text.ts'
import type { SettingField } from './use-field.ts'

const text = words.settings

export function labelOf({ name }: Pick<SettingRow, 'name'>): string {
  return text.labels[name] ?? name
}

/** Of the parts of one line. */
export interface LineIds {
  readonly control: string
  readonly label: string
  readonly help: string
  readonly wrong: string
}

export function idsOf({ name }: Pick<SettingRow, 'name'>): LineIds {
  const control = `setting-${name}`
  return { control, label: `${control}-label`, help: `${control}-help`, wrong: `${control}-wrong` }
}

/** Of the control itself. */
export interface ControlAttributes {
  readonly id: string
  readonly 'aria-describedby': string
  readonly 'aria-invalid': boolean
}

export function describedBy(row: SettingRow, { wrong }: SettingField): ControlAttributes {
  const ids = idsOf(row)
  return {
    id: ids.control,
    'aria-describedby': wrong === '' ? ids.help : `${ids.wrong} ${ids.help}`,
    'aria-invalid': wrong !== '',
  }
}

interface SettingLineProps {
  readonly row: SettingRow
  /** All that is changed in this line. */
  readonly fields: readonly SettingField[]
  /** Below the words, with the whole width. */
  readonly isWide?: boolean
  /** The control is none that a label can name: a group. */
  readonly isGroup?: boolean
  readonly children: ComponentChildren
}

export function SettingLine({ row, fields, isWide = false, isGroup = false, children }: SettingLineProps): JSX.Element {
  const ids = idsOf(row)
  const isSaved = fields.some((field) => field.isSaved)
  const wrong = fields.find((field) => field.wrong !== '')
  const label = labelOf(row)
  return (
    <div class={isWide ? 'setting wide' : 'setting'}>
      <div class="says">
        <div class="line">
          {isGroup ? (
            <span id={ids.label} class="label">
              {label}
            </span>
          ) : (
            <label id={ids.label} class="label" for={ids.control}>
              {label}
            </label>
          )}
          <span class="saved" role="status">
            {isSaved && (
              <>
                <Icon name="check" />
                {text.saved}
              </>
            )}
          </span>
        </div>
        <p id={ids.help} class="quiet small">
          {text.helps[row.name] ?? helpOf(row.about)}
          {row.isForOwner && ` ${text.forOwner(row.name)}`}
          {row.isForNextStart && ` ${text.nextStart}`}
        </p>
      </div>
      <div class="control">{children}</div>
      {wrong !== undefined && (
        <div class="is-wrong">
          <p id={ids.wrong} class="break" role="alert">
            {wrong.wrong}
          </p>
          <Button kind="bare" onPress={() => wrong.revert()}>
            {text.undo}
            <span class="for-readers"> {label}</span>
          </Button>
        </div>
      )}
    </div>
  )
}
