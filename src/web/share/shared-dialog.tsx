// What is shared: its link in every shape, where it is listed, and who has it.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import { printSize } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { Name, Notice } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { ApiError, call } from '../state/api.ts'
import { closeDialog } from '../state/dialogs.ts'
import { jobs } from '../state/live.ts'
import { torrentByHash } from '../state/torrents.ts'
import { words } from '../words/words.ts'
import { CopyField } from './copy-field.tsx'
import { QrCode } from './qr-code.tsx'
import { WhoHasIt } from './who-has-it.tsx'

const text = words.share.shared

interface Metainfo {
  /** In base64; null while only the link is known. */
  readonly metainfo: string | null
  readonly magnet: string
}

export function SharedDialog({ hash }: { readonly hash: string }): JSX.Element {
  const [metainfo, setMetainfo] = useState<Metainfo>()
  const [problem, setProblem] = useState('')
  useEffect(() => {
    const stop = new AbortController()
    call<Metainfo>('shoal_metainfo', { id: hash }, stop.signal)
      .then(setMetainfo)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setProblem(error instanceof ApiError ? error.message : words.somethingFailed)
      })
    return () => stop.abort()
  }, [hash])
  const torrent = torrentByHash(hash)
  const job = jobs.value.findLast(({ hash_string: one }) => one === hash)
  const name = torrent?.name ?? job?.name ?? hash
  const size = torrent?.total_bytes ?? job?.total_bytes ?? 0
  // The one of the job has this machine's addresses, if there are no trackers.
  const link = job?.magnet ?? metainfo?.magnet ?? ''
  return (
    <Dialog
      title={<Name text={name} isCut={false} />}
      isWide
      onClose={closeDialog}
      footer={
        <Button kind="primary" onPress={closeDialog}>
          {words.close}
        </Button>
      }
    >
      <p class="quiet number">{size === 0 ? ' ' : printSize(size)}</p>
      {problem !== '' && <Notice kind="bad">{problem}</Notice>}
      <div class="shared">
        <QrCode link={link} label={text.code(printable(name))} />
        <div class="stack">
          <CopyField label={text.link} value={link} isPrimary />
          <CopyField label={text.typed} value={link === '' ? '' : `shoal download '${link}'`} />
          <div class="line">
            {typeof navigator.share === 'function' && (
              <Button icon="share" onPress={() => void shareLink(name, link)}>
                {text.share}
              </Button>
            )}
            <Button
              icon="download"
              isDisabled={typeof metainfo?.metainfo !== 'string'}
              onPress={() => saveTorrent(name, metainfo?.metainfo ?? '')}
            >
              {text.torrent}
            </Button>
          </div>
        </div>
      </div>
      {job !== undefined && <Listed job={job} />}
      <WhoHasIt key={hash} hash={hash} />
    </Dialog>
  )
}

async function shareLink(title: string, link: string): Promise<void> {
  try {
    // Not as `url`: that one has to be of the web.
    await navigator.share({ title, text: link })
  } catch (error) {
    tellError(error)
  }
}

function saveTorrent(name: string, base64: string): void {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/x-bittorrent' }))
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = `${printable(name)}.torrent`
  anchor.click()
  // The browser has taken it by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 0)
}

function Listed({ job }: { readonly job: (typeof jobs.value)[number] }): JSX.Element | null {
  const { state, listed, skipped } = job
  if (state !== 'listing' && listed.length === 0 && skipped.length === 0) return null
  return (
    <section class="stack" aria-label={text.listed}>
      <h3>{text.listed}</h3>
      {state === 'listing' && <p class="quiet">{text.listing}</p>}
      <ul class="stack">
        {listed.map(({ tracker, text: says, isListed }) => (
          <li key={tracker} class="listed-at">
            <span class={isListed ? 'good' : 'warn'}>
              <Icon name={isListed ? 'check' : 'warning'} />
            </span>
            <strong>
              <Name text={tracker} />
            </strong>
            <span class="quiet">
              <Name text={says} isCut={false} />
            </span>
          </li>
        ))}
      </ul>
      {skipped.length > 0 && (
        <details>
          <summary>{text.skipped(skipped.length)}</summary>
          <ul>
            {skipped.map((one) => (
              <li key={one} class="break small quiet">
                <Name text={one} isCut={false} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}
