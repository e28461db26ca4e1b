// The trackers at which shares are announced: added and removed one by one, judged by the daemon.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { catalogueBase } from '../../core/tracker/catalogue-url.ts'
import { printable } from '../../core/printable.ts'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { Name } from '../parts/small.tsx'
import { words } from '../words/words.ts'
import { describedBy, SettingLine } from './setting-line.tsx'
import { linesOf, textOf } from './setting-text.ts'
import { useField } from './use-field.ts'
import { useWishedList } from './use-wished-list.ts'

const text = words.settings

export function TrackerList({ row }: { readonly row: SettingRow }): JSX.Element {
  const field = useField(row)
  const [typed, setTyped] = useState('')
  // What the daemon has, and not what it refused.
  const urls = linesOf(textOf(row))
  const change = useWishedList(urls, (wished) => field.save(wished.join('\n')))
  const add = async (): Promise<void> => {
    const url = typed.trim()
    if (url === '') return
    if (await change((wished) => (wished.includes(url) ? wished : [...wished, url]))) setTyped('')
  }
  const remove = (url: string): void => {
    void change((wished) => wished.filter((one) => one !== url))
  }
  return (
    <SettingLine
      row={row}
      fields={[
        {
          ...field,
          revert: () => {
            field.revert()
            setTyped('')
          },
        },
      ]}
      isWide
    >
      <div class="stack">
        <ul class="tracker-list">
          {urls.map((url) => (
            <li key={url}>
              <span class="two-lines">
                <Name text={url} isCut={false} />
                <span class="quiet small">
                  {catalogueBase(url) === undefined ? text.isNotSearched : text.isSearched}
                </span>
              </span>
              <IconButton icon="trash" label={text.removeTracker(printable(url))} onPress={() => remove(url)} />
            </li>
          ))}
          {urls.length === 0 && <li class="quiet">{text.noTrackers}</li>}
        </ul>
        <form
          class="with-button"
          onSubmit={(event) => {
            event.preventDefault()
            void add()
          }}
        >
          <input
            {...describedBy(row, field)}
            class="input"
            type="text"
            inputMode="url"
            autocomplete="off"
            spellcheck={false}
            aria-label={text.trackerUrl}
            placeholder={text.trackerHint}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <Button isSubmit icon="add" isDisabled={typed.trim() === ''}>
            {text.addTracker}
          </Button>
        </form>
      </div>
    </SettingLine>
  )
}
