// Which torrents a question is about.
import type { JSX } from 'preact'
import { Name } from '../parts/small.tsx'
import { words } from '../words/words.ts'
import type { Question } from './actions.ts'

/** Named in a question; the others are counted. */
const MOST_NAMES = 5

export type QuestionProps = Pick<Question, 'torrents'> & { readonly onClose: () => void }

export function QuestionNames({ torrents }: Pick<Question, 'torrents'>): JSX.Element {
  return (
    <ul class="stack">
      {torrents.slice(0, MOST_NAMES).map(({ id, name }) => (
        <li key={id} class="break">
          <Name text={name} isCut={false} />
        </li>
      ))}
      {torrents.length > MOST_NAMES && <li class="quiet">{words.torrents.moreNames(torrents.length - MOST_NAMES)}</li>}
    </ul>
  )
}
