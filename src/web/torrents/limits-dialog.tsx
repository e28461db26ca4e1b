// Limits: of one torrent those that hold; of several, which may differ, only what is typed.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { AskDialog } from '../parts/ask-dialog.tsx'
import { Check } from '../parts/small.tsx'
import { NumberField } from '../parts/text-field.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { session } from '../state/live.ts'
import { words } from '../words/words.ts'
import { idsOf } from './actions.ts'
import {
  changesOfMany,
  changesOfOne,
  LIMIT_FIELDS,
  type LimitFields,
  type Limits,
  limitsOf,
  NO_LIMITS,
} from './limit-change.ts'
import { QuestionNames, type QuestionProps } from './question-names.tsx'

const text = words.torrents

export function LimitsDialog(props: QuestionProps): JSX.Element {
  const [only] = props.torrents
  return props.torrents.length === 1 && only !== undefined ? (
    <OfOne {...props} id={only.id} />
  ) : (
    <OfSeveral {...props} />
  )
}

function OfOne({ id, torrents, onClose }: QuestionProps & { readonly id: number }): JSX.Element {
  const [typed, setTyped] = useState<Partial<Limits>>({})
  /** What holds now. Until it is known, nothing is saved. */
  const [before, setBefore] = useState<Limits>()
  useEffect(() => {
    call<{ torrents: readonly LimitFields[] }>('torrent_get', { ids: id, fields: LIMIT_FIELDS })
      .then(({ torrents: [now] }) => setBefore(now === undefined ? undefined : limitsOf(now)))
      .catch(tellError)
  }, [])
  const limits = { ...(before ?? NO_LIMITS), ...typed }
  const act = async (): Promise<void> => {
    if (before !== undefined) await call('torrent_set', { ids: id, ...changesOfOne(limits, before) })
  }
  return (
    <AskDialog
      title={text.limitsTitle(1)}
      button={words.save}
      isDisabled={before === undefined}
      act={act}
      onClose={onClose}
    >
      <QuestionNames torrents={torrents} />
      <LimitInputs limits={limits} onChange={(change) => setTyped({ ...typed, ...change })} />
      <p class="quiet small">{session.value?.is_limited === true ? words.frame.limited : text.limitHelp}</p>
    </AskDialog>
  )
}

function OfSeveral({ torrents, onClose }: QuestionProps): JSX.Element {
  const [limits, setLimits] = useState(NO_LIMITS)
  const [isRestCleared, setIsRestCleared] = useState(false)
  const changes = changesOfMany(limits, isRestCleared)
  const act = (): Promise<unknown> => call('torrent_set', { ids: idsOf(torrents), ...changes })
  return (
    <AskDialog
      title={text.limitsTitle(torrents.length)}
      button={words.save}
      isDisabled={Object.keys(changes).length === 0}
      act={act}
      onClose={onClose}
    >
      <QuestionNames torrents={torrents} />
      <LimitInputs
        limits={limits}
        placeholder={isRestCleared ? text.limitNone : text.limitKeep}
        onChange={(change) => setLimits({ ...limits, ...change })}
      />
      <Check label={text.limitClear} isOn={isRestCleared} onChange={setIsRestCleared} />
    </AskDialog>
  )
}

interface InputsProps {
  readonly limits: Limits
  readonly placeholder?: string
  readonly onChange: (change: Partial<Limits>) => void
}

function LimitInputs({ limits, placeholder = '', onChange }: InputsProps): JSX.Element {
  const { down, up, ratio } = limits
  const same = { placeholder }
  return (
    <>
      <NumberField {...same} label={text.limitDown} value={down} onChange={(value) => onChange({ down: value })} />
      <NumberField {...same} label={text.limitUp} value={up} onChange={(value) => onChange({ up: value })} />
      <NumberField
        {...same}
        label={text.limitRatio}
        value={ratio}
        onChange={(value) => onChange({ ratio: value })}
        step="any"
      />
    </>
  )
}
