// The page as a whole: a place to sign in, or the frame with the part that the reader is at.
import type { JSX } from 'preact'
import { OpenDialog } from './dialogs.tsx'
import { DropTarget } from './drop-target.tsx'
import { Frame } from './frame.tsx'
import { lazy } from './parts/lazy.tsx'
import { Toasts } from './parts/toast.tsx'
import { OfferQuestions } from './people/offer-questions.tsx'
import { UploadsCard } from './share/uploads-card.tsx'
import { SignInPage } from './sign-in-page.tsx'
import { isSignedIn } from './state/api.ts'
import { route } from './state/route.ts'
import { TorrentsPage } from './torrents/torrents-page.tsx'

const PeoplePage = lazy(async () => (await import('./people/people-page.tsx')).PeoplePage)
const SettingsPage = lazy(async () => (await import('./settings/settings-page.tsx')).SettingsPage)
const LogPage = lazy(async () => (await import('./settings/log-page.tsx')).LogPage)

export function App(): JSX.Element {
  if (isSignedIn.value !== true) {
    return (
      <>
        {isSignedIn.value === false && <SignInPage />}
        <Toasts />
      </>
    )
  }
  return (
    <DropTarget>
      <Frame>
        <Place />
      </Frame>
      <UploadsCard />
      <OfferQuestions />
      <OpenDialog />
      <Toasts />
    </DropTarget>
  )
}

function Place(): JSX.Element {
  const [place, first, second] = route.value
  switch (place) {
    case 'people':
      return <PeoplePage chosen={first} />
    case 'settings':
      return <SettingsPage section={first} />
    case 'log':
      return <LogPage />
    default:
      return <TorrentsPage opened={first} tab={second} />
  }
}
