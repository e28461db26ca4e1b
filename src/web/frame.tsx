// What stands around every part of the page: the places to go, the one box, speeds.
import type { ComponentChildren, JSX } from 'preact'
import { SearchBox } from './download/search-box.tsx'
import { printRate } from './format.ts'
import { Button, IconButton } from './parts/button.tsx'
import { Icon, type IconName } from './parts/icon.tsx'
import { MenuButton } from './parts/menu.tsx'
import { tellError } from './parts/toast.tsx'
import { call } from './state/api.ts'
import { openDialog } from './state/dialogs.ts'
import { isConnected, offers, session } from './state/live.ts'
import { type Theme, theme } from './state/preferences.ts'
import { hrefTo, route } from './state/route.ts'
import { signOut } from './state/sign-in.ts'
import { words } from './words/words.ts'

const text = words.frame

const PLACES: readonly { readonly key: string; readonly icon: IconName; readonly label: string }[] = [
  { key: 'torrents', icon: 'torrents', label: text.torrents },
  { key: 'people', icon: 'people', label: text.peopleTab },
  { key: 'log', icon: 'log', label: text.log },
  { key: 'settings', icon: 'settings', label: text.settings },
]

export function Frame({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <div class="frame">
      <a class="skip" href="#content" onClick={skip}>
        {text.skip}
      </a>
      <header class="top">
        <img src="/assets/icon.svg" alt="Shoal" width="32" height="32" />
        <SearchBox />
        <Button kind="primary" icon="share" onPress={() => openDialog({ kind: 'share' })}>
          <span class="on-wide">{text.share}</span>
        </Button>
        <Speeds />
        <MenuButton label={words.more} icon="more" entries={menu()} />
      </header>
      {!isConnected.value && (
        <p class="lost" role="alert">
          {text.lost}
        </p>
      )}
      <nav class="places" aria-label={text.places}>
        <ul>
          {PLACES.map(({ key, icon, label }) => (
            <li key={key}>
              <a href={hrefTo(key)} aria-current={route.value[0] === key ? 'page' : undefined}>
                <Icon name={icon} />
                <span>{label}</span>
                {key === 'people' && <Waiting />}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

/** The place in the page is behind the #: a link to an element would leave it. */
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}

function Waiting(): JSX.Element | null {
  const count = offers.value.filter(({ state }) => state === 'asking').length
  return count === 0 ? null : <span class="badge accent">{count}</span>
}

function Speeds(): JSX.Element {
  const { rate_download: down = 0, rate_upload: up = 0, is_limited: isLimited = false } = session.value ?? {}
  return (
    <div class="speeds number">
      <span title={text.down}>
        <Icon name="down" />
        <span class="for-readers">{text.down}</span> {printRate(down)}
      </span>
      <span title={text.up}>
        <Icon name="up" />
        <span class="for-readers">{text.up}</span> {printRate(up)}
      </span>
      <IconButton
        icon="gauge"
        label={isLimited ? text.limitOff : text.limitOn}
        isPressed={isLimited}
        onPress={() => void call('session_set', { alt_speed_enabled: !isLimited }).catch(tellError)}
      />
    </div>
  )
}

const THEMES: readonly { readonly key: Theme; readonly label: string; readonly icon: IconName }[] = [
  { key: 'auto', label: text.themeAuto, icon: 'settings' },
  { key: 'light', label: text.themeLight, icon: 'sun' },
  { key: 'dark', label: text.themeDark, icon: 'moon' },
]

function menu(): Parameters<typeof MenuButton>[0]['entries'] {
  const themes = THEMES.map(({ key, label, icon }) => ({
    label: `${text.theme}: ${label}`,
    icon: theme.value === key ? ('check' as const) : icon,
    onPress: () => {
      theme.value = key
    },
  }))
  return [...themes, 'line', { label: text.signOut, icon: 'signOut', onPress: () => void signOut().catch(tellError) }]
}
