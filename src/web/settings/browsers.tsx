// The browsers that are signed in to this page, and a way to end that for each.
import { computed } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import type { PageSession } from '../../daemon/rpc/page-types.ts'
import { printDate } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Name } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { request } from '../state/api.ts'
import { isConnected, log } from '../state/live.ts'
import { signOut } from '../state/sign-in.ts'
import { words } from '../words/words.ts'

const text = words.settings.browsers

/** Whoever signs in is told of in the log. */
const changes = computed(() => `${isConnected.value} ${log.value.findLast(({ about }) => about === 'page')?.id ?? 0}`)

export function Browsers(): JSX.Element {
  const [sessions, setSessions] = useState<readonly PageSession[]>()
  const load = async (): Promise<void> => {
    setSessions((await request<{ readonly sessions: readonly PageSession[] }>('GET', '/page/sessions')).sessions)
  }
  useEffect(() => {
    // Who was signed out from elsewhere is without a connection first.
    if (isConnected.peek()) load().catch(tellError)
  }, [changes.value])

  const end = async (ended: readonly PageSession[]): Promise<void> => {
    try {
      for (const { id } of ended) await request('DELETE', `/page/sessions/${id}`)
      tell(text.signedOut(ended.length))
    } catch (error) {
      tellError(error)
    }
    await load()
  }
  const press = (session: PageSession): void => {
    const done = session.isThis ? signOut() : end([session])
    done.catch(tellError)
  }
  if (sessions === undefined) return <p class="quiet">{words.loading}</p>
  const others = sessions.filter(({ isThis }) => !isThis)
  return (
    <>
      <p class="quiet">{text.how}</p>
      {sessions.length === 0 && <p>{text.none}</p>}
      <ul class="card browsers" aria-label={text.list} hidden={sessions.length === 0}>
        {sessions.map((session) => (
          <li key={session.id}>
            <div class="two-lines">
              <span class="line">
                <strong class="browser">
                  <Name text={session.browser} />
                </strong>
                {session.isThis && <span class="badge accent">{text.isThis}</span>}
              </span>
              <span class="quiet small">
                <Name text={session.address} isCut={false} /> · {text.signedIn} {printDate(session.signedInAt)} ·{' '}
                {text.used} {printDate(session.usedAt)}
              </span>
            </div>
            <Button onPress={() => press(session)} icon="signOut">
              {text.signOut}
              <span class="for-readers">
                {' '}
                {printable(session.browser)}, {printable(session.address)}
              </span>
            </Button>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <div>
          <Button kind="danger" onPress={() => void end(others).catch(tellError)}>
            {text.signOutOthers}
          </Button>
        </div>
      )}
      <p class="quiet small">
        {text.another} <code>shoal web</code>
      </p>
    </>
  )
}
