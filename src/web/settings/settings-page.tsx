// Settings, how Shoal does, and who is signed in: one section at a time.
import type { JSX } from 'preact'
import { words } from '../words/words.ts'
import { go, hrefTo } from '../state/route.ts'
import { Browsers } from './browsers.tsx'
import { ScheduleForm } from './schedule-form.tsx'
import { SettingItem } from './setting-item.tsx'
import { planOf, SECTIONS, type Section, sectionOf } from './setting-plan.ts'
import { useSettings } from './settings-state.ts'
import { Status } from './status.tsx'
import { TrackerList } from './tracker-list.tsx'

const text = words.settings

export function SettingsPage({ section: named }: { readonly section: string | undefined }): JSX.Element {
  const section = sectionOf(named)
  return (
    <div class="settings-page">
      <nav class="sections" aria-label={text.title}>
        <ul>
          {SECTIONS.map((key) => (
            <li key={key}>
              <a href={hrefTo('settings', key)} aria-current={key === section ? 'page' : undefined}>
                {text.sections[key]}
              </a>
            </li>
          ))}
        </ul>
        <select
          class="input"
          aria-label={text.title}
          value={section}
          onChange={(event) => go('settings', event.currentTarget.value)}
        >
          {SECTIONS.map((key) => (
            <option key={key} value={key} selected={key === section}>
              {text.sections[key]}
            </option>
          ))}
        </select>
      </nav>
      <div class="scroll" key={section}>
        <div class="column">
          <h1>{text.sections[section]}</h1>
          <Shown section={section} />
        </div>
      </div>
    </div>
  )
}

function Shown({ section }: { readonly section: Section }): JSX.Element {
  switch (section) {
    case 'status':
      return <Status />
    case 'browsers':
      return <Browsers />
    default:
      return <Form section={section} />
  }
}

function Form({ section }: { readonly section: Section }): JSX.Element {
  const rows = useSettings()
  if (rows === undefined) return <p class="quiet">{words.loading}</p>
  const plan = planOf(rows, section)
  if (section === 'schedule') return <ScheduleForm rows={plan.map(({ row }) => row)} />
  return (
    <div class="card settings">
      {plan.map(({ row, toggle }) =>
        row.name === 'trackers' ? (
          <TrackerList key={row.name} row={row} />
        ) : (
          <SettingItem key={row.name} row={row} toggle={toggle} />
        ),
      )}
    </div>
  )
}
