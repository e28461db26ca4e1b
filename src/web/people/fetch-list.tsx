// What is being fetched from people, or was: how far it is, and where it goes.
import type { JSX } from 'preact'
import { printable } from '../../core/printable.ts'
import type { FetchRow } from '../../daemon/rpc/types.ts'
import { printPercent, printRate, printSize } from '../format.ts'
import { IconButton } from '../parts/button.tsx'
import { Name, Progress } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { words } from '../words/words.ts'
import { fetchBar, fetchWords, partOf } from './transfer-groups.ts'

const text = words.folk

export function FetchList({ rows }: { readonly rows: readonly FetchRow[] }): JSX.Element {
  return (
    <ul class="stack">
      {rows.map((row) => (
        <FetchItem key={row.id} row={row} />
      ))}
    </ul>
  )
}

function FetchItem({ row }: { readonly row: FetchRow }): JSX.Element {
  const { id, path, from, dir, totalBytes, rate } = row
  const isDone = row.state === 'seeding'
  const part = partOf(row, isDone)
  return (
    <li class="people-transfer">
      <div class="line">
        <strong class="grow cut">
          <Name text={path} />
        </strong>
        <span class="quiet small number">{printSize(totalBytes)}</span>
        <IconButton
          icon="close"
          label={isDone ? text.removeFetch : text.endFetch}
          onPress={() => void call('shoal_fetch_end', { id }).catch(tellError)}
        />
      </div>
      <Progress value={part} label={text.progress} kind={fetchBar(row)} />
      <p class="people-transfer-state small quiet">
        <span>
          <span class="break">{printable(fetchWords(row))}</span>
          {!isDone && rate > 0 && `, ${printRate(rate)}`}
        </span>
        <span class="number">{printPercent(part)}</span>
      </p>
      <p class="small quiet break">
        {text.offerFrom} <Name text={from.join(', ')} isCut={false} /> · {text.isIn} <Name text={dir} isCut={false} />
      </p>
    </li>
  )
}
