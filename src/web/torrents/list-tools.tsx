// Above the list: which torrents are shown, and what to do with those that are chosen.
import type { JSX } from 'preact'
import { Button, IconButton } from '../parts/button.tsx'
import { MenuButton } from '../parts/menu.tsx'
import { Name } from '../parts/small.tsx'
import { column, filterWords, group, isDescending, label, labels, select, selection } from '../state/view.ts'
import { words } from '../words/words.ts'
import { isStopped, menuFor, question, start, stop, torrentsOf } from './actions.ts'
import { NO_SELECTION } from './selection.ts'
import { COLUMNS, GROUPS } from './torrent-order.ts'

const text = words.torrents

export function ListTools(): JSX.Element {
  const chosen = torrentsOf(selection.value.chosen)
  return (
    <div class="list-tools" role="toolbar" aria-label={text.filters}>
      {chosen.length > 1 ? <ForChosen torrents={chosen} /> : <Filters />}
    </div>
  )
}

function Filters(): JSX.Element {
  return (
    <>
      <div class="chips" role="group" aria-label={text.filters}>
        {GROUPS.map((key) => (
          <button
            key={key}
            type="button"
            class="chip"
            aria-pressed={group.value === key}
            onClick={() => {
              group.value = key
            }}
          >
            {text.groups[key]}
          </button>
        ))}
        {labels.value.map(([name, count]) => (
          <button
            key={name}
            type="button"
            class="chip of-label"
            aria-pressed={label.value === name}
            onClick={() => {
              label.value = label.value === name ? '' : name
            }}
          >
            <Name text={name} /> <span class="quiet">{count}</span>
          </button>
        ))}
      </div>
      <input
        class="input filter"
        type="search"
        placeholder={text.search}
        aria-label={text.search}
        value={filterWords.value}
        onInput={(event) => {
          filterWords.value = event.currentTarget.value
        }}
      />
      <MenuButton label={text.sort} icon="log" entries={sortMenu()} />
    </>
  )
}

function sortMenu(): Parameters<typeof MenuButton>[0]['entries'] {
  return COLUMNS.map((key) => {
    const isNow = column.value === key
    return {
      label: text.columns[key],
      ...(isNow && { icon: isDescending.value ? ('down' as const) : ('up' as const) }),
      onPress: () => {
        isDescending.value = isNow ? !isDescending.value : key !== 'name' && key !== 'queue'
        column.value = key
      },
    }
  })
}

function ForChosen({ torrents }: { readonly torrents: ReturnType<typeof torrentsOf> }): JSX.Element {
  return (
    <>
      <IconButton icon="close" label={text.clearSelection} onPress={() => select(NO_SELECTION)} />
      <strong class="grow" role="status">
        {text.selected(torrents.length)}
      </strong>
      <Button icon="play" isDisabled={!torrents.some(isStopped)} onPress={() => start(torrents)}>
        <span class="on-wide">{text.start}</span>
      </Button>
      <Button icon="pause" isDisabled={torrents.every(isStopped)} onPress={() => stop(torrents)}>
        <span class="on-wide">{text.stop}</span>
      </Button>
      <Button
        kind="danger"
        icon="trash"
        onPress={() => {
          question.value = { kind: 'remove', torrents }
        }}
      >
        <span class="on-wide">{text.remove}</span>
      </Button>
      <MenuButton label={words.more} icon="more" entries={menuFor(torrents)} />
    </>
  )
}
