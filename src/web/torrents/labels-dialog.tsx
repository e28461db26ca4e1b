// Labels: of one torrent as a line of text; of several, which are given to all and which are taken away.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { AskDialog } from '../parts/ask-dialog.tsx'
import { Check, Name } from '../parts/small.tsx'
import { TextField } from '../parts/text-field.tsx'
import { call } from '../state/api.ts'
import { words } from '../words/words.ts'
import { idsOf, torrentsOf } from './actions.ts'
import { labelCalls, splitLabels } from './label-change.ts'
import { QuestionNames, type QuestionProps } from './question-names.tsx'
import { labelsIn } from './torrent-order.ts'

const text = words.torrents
/** More of them nobody looks through: those that most torrents have. */
const MOST_OFFERED = 50

export function LabelsDialog(props: QuestionProps): JSX.Element {
  return props.torrents.length > 1 ? <OfSeveral {...props} /> : <OfOne {...props} />
}

function OfOne({ torrents, onClose }: QuestionProps): JSX.Element {
  const [before] = useState(() => torrents[0]?.labels.join(', ') ?? '')
  const [value, setValue] = useState(before)
  const act = async (): Promise<void> => {
    if (value !== before) await call('torrent_set', { ids: idsOf(torrents), labels: splitLabels(value) })
  }
  return (
    <AskDialog title={text.labelsTitle} button={words.save} act={act} onClose={onClose}>
      <QuestionNames torrents={torrents} />
      <TextField label={text.labelsTitle} help={text.labelsHelp} value={value} onChange={setValue} />
    </AskDialog>
  )
}

function OfSeveral({ torrents, onClose }: QuestionProps): JSX.Element {
  const [value, setValue] = useState('')
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set())
  const [offered] = useState(() =>
    labelsIn(torrents)
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, MOST_OFFERED),
  )
  const added = splitLabels(value)
  const toggle = (label: string, isRemoved: boolean): void => {
    const changed = new Set(removed)
    if (isRemoved) changed.add(label)
    else changed.delete(label)
    setRemoved(changed)
  }
  const act = async (): Promise<void> => {
    // As they are now: they may have changed since the question was opened.
    const now = torrentsOf(idsOf(torrents))
    for (const { ids, labels } of labelCalls(now, { added, removed })) await call('torrent_set', { ids, labels })
  }
  const isNothing = added.length === 0 && removed.size === 0
  return (
    <AskDialog title={text.labelsTitle} button={words.save} isDisabled={isNothing} act={act} onClose={onClose}>
      <QuestionNames torrents={torrents} />
      <TextField label={text.labelsAdd} help={text.labelsAddHelp} value={value} onChange={setValue} />
      {offered.length > 0 && (
        <fieldset class="field">
          <legend class="label">{text.labelsRemove}</legend>
          {offered.map(([label, count]) => (
            <Check
              key={label}
              label={
                <>
                  <Name text={label} isCut={false} /> <span class="quiet">{count}</span>
                </>
              }
              isOn={removed.has(label)}
              onChange={(isOn) => toggle(label, isOn)}
            />
          ))}
        </fieldset>
      )}
    </AskDialog>
  )
}
