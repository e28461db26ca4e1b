// What was found, below the box: in groups, and below them a line on who has not answered.
import type { JSX } from 'preact'
import { printSize } from '../format.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Name } from '../parts/small.tsx'
import { hrefTo } from '../state/route.ts'
import { words } from '../words/words.ts'
import type { Asked, Option, OptionGroup } from './search.ts'
import { printable } from '../../core/printable.ts'

const text = words.download

interface FoundListProps {
  readonly id: string
  readonly groups: readonly OptionGroup[]
  /** `undefined`: who may be asked is not known yet. */
  readonly asked: readonly Asked[] | undefined
  /** Not of a link, which needs no answers. */
  readonly isSearch: boolean
  /** The option that the keyboard is at, counted through all groups. */
  readonly at: number
  readonly onChoose: (option: Option) => void
  /** A link in it was followed. */
  readonly onLeave: () => void
}

export function FoundList({ id, groups, asked, isSearch, at, onChoose, onLeave }: FoundListProps): JSX.Element {
  let n = 0
  return (
    <div class="found">
      <div id={`${id}-list`} class="found-options" role="listbox" aria-label={text.results}>
        {groups.map(({ key, source, options }) => (
          <div key={key} role="group" aria-label={groupName(source)}>
            {key !== 'given' && (
              <div class="found-head" role="presentation" aria-hidden="true">
                <Icon name={groupIcon(source)} />
                <Name text={groupName(source)} />
              </div>
            )}
            {options.map((option) => {
              const number = n++
              return (
                <OptionRow
                  key={number}
                  id={`${id}-${number}`}
                  option={option}
                  isAt={number === at}
                  onPress={() => onChoose(option)}
                />
              )
            })}
          </div>
        ))}
      </div>
      {isSearch && <Answers asked={asked} isEmpty={groups.length === 0} onLeave={onLeave} />}
    </div>
  )
}

function groupName(source: OptionGroup['source']): string {
  if (source === undefined) return text.here
  const name = printable(source.name)
  return source.kind === 'contact' ? text.fromContact(name) : name
}

function groupIcon(source: OptionGroup['source']): IconName {
  if (source === undefined) return 'torrents'
  return source.kind === 'contact' ? 'user' : 'search'
}

interface OptionRowProps {
  readonly id: string
  readonly option: Option
  readonly isAt: boolean
  readonly onPress: () => void
}

function OptionRow({ id, option, isAt, onPress }: OptionRowProps): JSX.Element {
  return (
    // The keyboard stays in the box, which has the keys.
    <div
      id={id}
      class={isAt ? 'found-row at' : 'found-row'}
      role="option"
      aria-selected={isAt}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onPress}
    >
      {inside(option)}
    </div>
  )
}

function inside(option: Option): JSX.Element {
  switch (option.kind) {
    case 'given':
      return (
        <>
          <Icon name="download" />
          <span class="two-lines">
            <strong>{option.given.kind === 'link' ? text.openLink : text.openHash}</strong>
            <Name text={option.given.source} />
          </span>
        </>
      )
    case 'here':
      return (
        <>
          <Name text={option.torrent.name} />
          <span class="quiet small number">
            {option.torrent.total_bytes > 0 ? printSize(option.torrent.total_bytes) : ''}
          </span>
        </>
      )
    case 'found': {
      const { name, size_bytes: size, seeders, path } = option.row
      return (
        <>
          <span class="two-lines">
            <Name text={name} />
            {path !== null && path !== name && (
              <span class="quiet small cut">
                <Name text={path} />
              </span>
            )}
          </span>
          <span class="quiet small number">{seeders === null ? '' : text.seeders(seeders)}</span>
          <span class="quiet small number of-size">{printSize(size)}</span>
        </>
      )
    }
  }
}

interface AnswersProps extends Pick<FoundListProps, 'asked' | 'onLeave'> {
  readonly isEmpty: boolean
}

function Answers({ asked, isEmpty, onLeave }: AnswersProps): JSX.Element {
  const slow = asked?.filter(({ state }) => state === 'asking') ?? []
  const failed = asked?.filter(({ state }) => state === 'failed') ?? []
  const isAsking = asked === undefined || slow.length > 0
  return (
    <div class="found-foot small quiet">
      <span role="status">
        {isAsking && <span>{text.asking}</span>}
        {!isAsking && isEmpty && asked.length > 0 && <span>{text.nothingFound}</span>}
      </span>
      {failed.map(({ source, why }) => (
        <span key={source.id} class="failed break">
          <Icon name="warning" />
          {/* The daemon's sentences begin with the name of who failed, where they speak of one. */}
          {why.toLowerCase().includes(source.name.toLowerCase())
            ? printable(why)
            : text.sourceFailed(printable(source.name), printable(why))}
        </span>
      ))}
      {asked?.length === 0 && (
        <span>
          {text.noSources}{' '}
          <a href={hrefTo('settings', 'sharing')} onClick={onLeave}>
            {text.toTrackers}
          </a>{' '}
          <a href={hrefTo('people')} onClick={onLeave}>
            {text.toPeople}
          </a>
        </span>
      )}
    </div>
  )
}
