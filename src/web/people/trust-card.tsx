// Whether somebody is who he seems to be: digits that both sides compare, and what trust means.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { Button } from '../parts/button.tsx'
import { Notice } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { words } from '../words/words.ts'
import { wordFor } from './contact-list.ts'

const text = words.folk

interface TrustCardProps {
  readonly contact: ContactRow
}

export function TrustCard({ contact }: TrustCardProps): JSX.Element {
  const set = (trust: ContactRow['trust']) => (): void => {
    call('shoal_contact_change', { contact: wordFor(contact), trust }).catch(tellError)
  }
  return (
    <section class="card stack" aria-labelledby="trust-title">
      <h3 id="trust-title">{text.trustTitle}</h3>
      <State contact={contact} set={set} />
    </section>
  )
}

interface StateProps extends TrustCardProps {
  readonly set: (trust: ContactRow['trust']) => () => void
}

function State({ contact, set }: StateProps): JSX.Element {
  switch (contact.trust) {
    case 'blocked':
      return (
        <>
          <p>{text.blockedHow}</p>
          <div class="line">
            <Button onPress={set('unknown')}>{text.unblock}</Button>
          </div>
        </>
      )
    case 'trusted':
      return (
        <>
          <p>{text.trustedHow}</p>
          <details class="show-digits">
            <summary>{text.showDigits}</summary>
            <Digits contact={contact} />
          </details>
          <div class="line">
            <Button onPress={set('unknown')}>{text.untrust}</Button>
          </div>
        </>
      )
    case 'unknown':
      return <Compare contact={contact} set={set} />
  }
}

function Compare({ contact, set }: StateProps): JSX.Element {
  const [isOther, setIsOther] = useState(false)
  if (isOther) {
    return (
      <>
        <div role="alert">
          <Notice kind="bad">{text.differs}</Notice>
        </div>
        <div class="line">
          <Button kind="danger primary" onPress={set('blocked')}>
            {text.differsBlock}
          </Button>
          <Button onPress={() => setIsOther(false)}>{text.notNow}</Button>
        </div>
      </>
    )
  }
  if (contact.code === null) {
    const canTrust = contact.fingerprint !== null && contact.protocol === 'https'
    return (
      <>
        <p>{whyNoDigits(contact)}</p>
        {canTrust && <p class="quiet small">{text.trustMeans}</p>}
        {canTrust && (
          <div class="line">
            <Button onPress={set('trusted')}>{text.trustAnyway}</Button>
          </div>
        )}
      </>
    )
  }
  return (
    <>
      <p>{text.compare}</p>
      <Digits contact={contact} />
      <p class="quiet small">{text.trustMeans}</p>
      <div class="line">
        <Button kind="primary" icon="shield" onPress={set('trusted')}>
          {text.same}
        </Button>
        <Button onPress={() => setIsOther(true)}>{text.differ}</Button>
      </div>
    </>
  )
}

function whyNoDigits({ fingerprint, protocol, kind }: ContactRow): string {
  if (fingerprint === null) return text.noDigits
  if (protocol === 'http') return text.noKey
  return kind === 'localsend' ? text.noDigitsLocalSend : text.noDigits
}

function Digits({ contact }: TrustCardProps): JSX.Element {
  const { code } = contact
  if (code === null) return <p class="quiet">{whyNoDigits(contact)}</p>
  return (
    <p class="digits" role="group" aria-label={text.digits}>
      {code.split(' ').map((group, n) => (
        <span key={n}>{group} </span>
      ))}
    </p>
  )
}
