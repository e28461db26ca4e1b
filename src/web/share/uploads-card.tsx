// In the corner, on every part of the page: what is on its way to Shoal's machine, and what is made ready there.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { printPercent } from '../format.ts'
import { IconButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Name, Progress } from '../parts/small.tsx'
import { jobs } from '../state/live.ts'
import { words } from '../words/words.ts'
import { cancelJob, isHashing, shownJob } from './shares.ts'
import { endUpload, pauseUpload, resumeUpload, type Upload, uploads } from './uploads.ts'

const text = words.share
/** More at once nobody reads; a line counts the others. */
const MOST = 4

export function UploadsCard(): JSX.Element | null {
  const [isSmall, setIsSmall] = useState(false)
  const sending = uploads.value
  const making = jobs.value.filter((job) => isHashing(job) && job.id !== shownJob.value)
  if (sending.length + making.length === 0) return null
  const others = sending.length + making.length - MOST
  return (
    <aside class="uploads" aria-label={text.uploads}>
      <button type="button" class="uploads-head" aria-expanded={!isSmall} onClick={() => setIsSmall(!isSmall)}>
        <Icon name="upload" />
        <strong>{text.uploads}</strong>
        <span class="quiet number">{sending.length + making.length}</span>
        <Icon name="open" />
      </button>
      {!isSmall && (
        <ul>
          {sending.slice(0, MOST).map((one) => (
            <UploadLine key={`upload-${one.id}`} upload={one} />
          ))}
          {making
            .slice(0, Math.max(0, MOST - sending.length))
            .map(({ id, name, done_bytes: done, total_bytes: total }) => (
              <Line
                key={`job-${id}`}
                name={name}
                part={total === 0 ? 0 : done / total}
                says={text.jobStates.hashing}
                onEnd={() => cancelJob(id)}
              />
            ))}
          {others > 0 && <li class="quiet small">{text.andOthers(others)}</li>}
        </ul>
      )}
    </aside>
  )
}

function UploadLine({ upload }: { readonly upload: Upload }): JSX.Element {
  const { id, name, totalBytes, doneBytes, state, error } = upload
  const isStill = state === 'paused' || state === 'failed'
  return (
    <Line
      name={name}
      part={totalBytes === 0 ? 0 : doneBytes / totalBytes}
      says={error === '' ? text.uploadStates[state] : error}
      isBad={state === 'failed'}
      onEnd={() => endUpload(id)}
    >
      <IconButton
        icon={isStill ? 'play' : 'pause'}
        label={isStill ? text.goOn : text.pause}
        onPress={() => (isStill ? resumeUpload : pauseUpload)(id)}
      />
    </Line>
  )
}

interface LineProps {
  readonly name: string
  readonly part: number
  readonly says: string
  readonly isBad?: boolean
  readonly onEnd: () => void
  readonly children?: JSX.Element
}

function Line({ name, part, says, isBad = false, onEnd, children }: LineProps): JSX.Element {
  return (
    <li>
      <div class="uploads-line">
        <Name text={name} />
        <span class="number small">{printPercent(part)}</span>
        {children}
        <IconButton icon="close" label={words.cancel} onPress={onEnd} />
      </div>
      <Progress value={part} label={text.uploading} kind={isBad ? 'bad' : 'plain'} />
      <span class={isBad ? 'small making-says bad' : 'small making-says quiet'}>{says}</span>
    </li>
  )
}
