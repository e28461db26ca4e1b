// What few people change when they share: trackers, catalogues, and the kind of torrent.
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { Check, Field } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { words } from '../words/words.ts'
import type { ShareOptions } from './shares.ts'

const text = words.share.options

/** As it stands in the form. */
export interface OptionsForm {
  /** One a line; `undefined`: as the settings say, which are not known yet. */
  readonly trackers: string | undefined
  readonly isListed: boolean
  readonly isPrivate: boolean
  readonly version: ShareOptions['version']
  readonly comment: string
}

export const USUAL_OPTIONS: OptionsForm = {
  trackers: undefined,
  isListed: true,
  isPrivate: false,
  version: 'v1',
  comment: '',
}

export function optionsOf({ trackers, isListed, isPrivate, version, comment }: OptionsForm): ShareOptions {
  const lines = trackers?.split('\n').map((line) => line.trim())
  return {
    ...(lines !== undefined && { trackers: lines.filter((line) => line !== '') }),
    ...{ unlisted: !isListed, private: isPrivate, version, comment: comment.trim() },
  }
}

interface ShareOptionsFieldsProps {
  readonly form: OptionsForm
  readonly onChange: (change: Partial<OptionsForm>) => void
}

export function ShareOptionsFields({ form, onChange }: ShareOptionsFieldsProps): JSX.Element {
  useEffect(() => {
    if (form.trackers !== undefined) return
    call<{ settings: readonly SettingRow[] }>('shoal_config_get')
      .then(({ settings }) => {
        const value = settings.find(({ name }) => name === 'trackers')?.value
        onChange({ trackers: Array.isArray(value) ? value.join('\n') : '' })
      })
      .catch(tellError)
  }, [])
  return (
    <details class="more-options">
      <summary>{text.title}</summary>
      <div class="stack">
        <Field label={text.trackers} help={text.trackersHelp}>
          {(ids) => (
            <textarea
              {...ids}
              class="input tracker-lines"
              spellcheck={false}
              rows={3}
              value={form.trackers ?? ''}
              onInput={(event) => onChange({ trackers: event.currentTarget.value })}
            />
          )}
        </Field>
        <div>
          <Check label={text.listed} isOn={form.isListed} onChange={(isListed) => onChange({ isListed })} />
          <Check label={text.private} isOn={form.isPrivate} onChange={(isPrivate) => onChange({ isPrivate })} />
        </div>
        <Field label={text.comment}>
          {(ids) => (
            <input
              {...ids}
              class="input"
              maxLength={4096}
              value={form.comment}
              onInput={(event) => onChange({ comment: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={text.version} help={text.versionHelp}>
          {(ids) => (
            <select
              {...ids}
              class="input"
              value={form.version}
              onChange={({ currentTarget: { value } }) => {
                if (value === 'v1' || value === 'v2' || value === 'hybrid') onChange({ version: value })
              }}
            >
              <option value="v1">{text.versions.v1}</option>
              <option value="v2">{text.versions.v2}</option>
              <option value="hybrid">{text.versions.hybrid}</option>
            </select>
          )}
        </Field>
      </div>
    </details>
  )
}
