// What happened lately, the newest first: filtered, each line to be opened, all of it to be copied.
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { LogRow } from '../../daemon/rpc/page-types.ts'
import { printable } from '../../core/printable.ts'
import { Button } from '../parts/button.tsx'
import { copyText } from '../parts/copy-text.ts'
import { Empty } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { useWide } from '../parts/use-wide.ts'
import { WindowList } from '../parts/window-list.tsx'
import { log } from '../state/live.ts'
import { words } from '../words/words.ts'
import { LogEntry } from './log-entry.tsx'
import { LogLine } from './log-line.tsx'
import { ABOUTS, ALL, LEVELS, type LogFilter, logText, newAbove, sentence, shownRows } from './log-rows.ts'

const text = words.settings.log
/** As in settings.css: one line of text beside the time, or two below it. */
const ROW = { wide: 44, narrow: 84 }

/** Kept while the reader is elsewhere in the page. */
const filter = signal<LogFilter>(ALL)

export function LogPage(): JSX.Element {
  const [opened, setOpened] = useState<LogRow>()
  const rows = shownRows(log.value, filter.value)
  return (
    <section class="log-page" aria-label={text.title}>
      <h1 class="for-readers">{text.title}</h1>
      <Tools rows={rows} />
      {rows.length > 0 ? <Lines rows={rows} onOpen={setOpened} /> : <NoLines />}
      <Newest />
      {opened !== undefined && <LogEntry row={opened} onClose={() => setOpened(undefined)} />}
    </section>
  )
}

function Tools({ rows }: { readonly rows: readonly LogRow[] }): JSX.Element {
  const change = (part: Partial<LogFilter>): void => {
    filter.value = { ...filter.value, ...part }
  }
  const { level, about, words: wanted } = filter.value
  return (
    <div class="log-tools" role="group" aria-label={text.filters}>
      <select
        class="input"
        aria-label={text.level}
        value={level}
        onChange={({ currentTarget: { value } }) => change({ level: LEVELS.find((one) => one === value) ?? 'all' })}
      >
        {LEVELS.map((key) => (
          <option key={key} value={key} selected={key === level}>
            {text.levels[key]}
          </option>
        ))}
      </select>
      <select
        class="input"
        aria-label={text.about}
        value={about}
        onChange={({ currentTarget: { value } }) => change({ about: ABOUTS.find((one) => one === value) ?? 'all' })}
      >
        {ABOUTS.map((key) => (
          <option key={key} value={key} selected={key === about}>
            {text.abouts[key]}
          </option>
        ))}
      </select>
      <input
        class="input"
        type="search"
        aria-label={text.filter}
        placeholder={text.filter}
        value={wanted}
        onInput={(event) => change({ words: event.currentTarget.value })}
      />
      <Button icon="copy" isDisabled={rows.length === 0} onPress={() => void copyText(logText(rows)).catch(tellError)}>
        {text.copyAll}
      </Button>
    </div>
  )
}

interface LinesProps {
  readonly rows: readonly LogRow[]
  readonly onOpen: (row: LogRow) => void
}

function Lines({ rows, onOpen }: LinesProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const first = useRef<number | undefined>(undefined)
  const isWide = useWide()
  const rowHeight = isWide ? ROW.wide : ROW.narrow
  useLayoutEffect(() => {
    const list = element.current
    if (list !== null && list.scrollTop > 0) list.scrollTop += newAbove(rows, first.current) * rowHeight
    first.current = rows[0]?.id
  }, [rows[0]?.id])
  return (
    <WindowList
      element={element}
      count={rows.length}
      rowHeight={rowHeight}
      attributes={{ role: 'list', tabIndex: 0, 'aria-label': text.list }}
      row={(index) => {
        const row = rows[index]
        if (row === undefined) return null
        return (
          <LogLine
            key={row.id}
            row={row}
            index={index}
            count={rows.length}
            rowHeight={rowHeight}
            isWide={isWide}
            onOpen={onOpen}
          />
        )
      }}
    />
  )
}

function NoLines(): JSX.Element {
  if (log.value.length > 0) return <Empty icon="search" title={text.noneMatch} />
  return (
    <Empty icon="log" title={text.none}>
      <p class="quiet">{text.noneHow}</p>
    </Empty>
  )
}

/** Read out when it comes; not what was there before. */
function Newest(): JSX.Element {
  const last = log.value.at(-1)
  const [firstId] = useState(last?.id)
  return (
    <p class="for-readers" role="status">
      {last !== undefined && last.id !== firstId && printable(sentence(last))}
    </p>
  )
}
