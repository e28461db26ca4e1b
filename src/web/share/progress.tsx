// How far an upload is, and how far the torrent that is made of it.
import type { JSX } from 'preact'
import type { JobRow } from '../../daemon/rpc/page-types.ts'
import { printPercent, printSize } from '../format.ts'
import { IconButton } from '../parts/button.tsx'
import { Name, Progress } from '../parts/small.tsx'
import { words } from '../words/words.ts'
import { pauseUpload, resumeUpload, type Upload } from './uploads.ts'

const text = words.share

export function UploadProgress({ upload }: { readonly upload: Upload }): JSX.Element {
  const { id, name, fileCount, totalBytes, doneBytes, state, error } = upload
  const part = totalBytes === 0 ? 0 : doneBytes / totalBytes
  return (
    <div class="making">
      <div class="making-head">
        <span class="two-lines">
          <Name text={name} />
          <span class="quiet small">
            {words.files(fileCount)}, {printSize(totalBytes)}
          </span>
        </span>
        <span class="number">{printPercent(part)}</span>
        {state === 'paused' || state === 'failed' ? (
          <IconButton icon="play" label={text.goOn} onPress={() => resumeUpload(id)} />
        ) : (
          <IconButton icon="pause" label={text.pause} onPress={() => pauseUpload(id)} />
        )}
      </div>
      <Progress
        value={part}
        label={text.uploading}
        kind={state === 'failed' ? 'bad' : state === 'sending' ? 'plain' : 'still'}
      />
      <p class={state === 'failed' ? 'small making-says bad' : 'small making-says quiet'} role="status">
        {error === '' ? text.uploadStates[state] : error}
      </p>
    </div>
  )
}

export function JobProgress({ job }: { readonly job: JobRow }): JSX.Element {
  const { name, state, done_bytes: done, total_bytes: total } = job
  const part = total === 0 ? 0 : done / total
  return (
    <div class="making">
      <div class="making-head">
        <span class="two-lines">
          <Name text={name} />
          <span class="quiet small">{total === 0 ? ' ' : printSize(total)}</span>
        </span>
        <span class="number">{printPercent(part)}</span>
      </div>
      <Progress value={part} label={text.jobStates[state]} />
      <p class="small making-says quiet" role="status">
        {text.jobStates[state]}
      </p>
    </div>
  )
}
