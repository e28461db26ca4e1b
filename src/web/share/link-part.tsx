// The link that is open: where it leads, as code too, and who fetched what.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { LinkRow } from '../../daemon/rpc/types.ts'
import { printPercent, printSize } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Name, Progress } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { link } from '../state/live.ts'
import { words } from '../words/words.ts'
import { CopyField } from './copy-field.tsx'
import { QrCode } from './qr-code.tsx'

const text = words.share.send

export function LinkPart(): JSX.Element | null {
  const [shown, setShown] = useState(0)
  const open = link.value
  if (open === undefined) return null
  const { urls, pin, fileCount, totalBytes } = open
  const url = urls[Math.min(shown, urls.length - 1)] ?? ''
  const close = async (): Promise<void> => {
    try {
      await call('shoal_link_close')
      link.value = undefined
      tell(text.linkEnded)
    } catch (error) {
      tellError(error)
    }
  }
  return (
    <div class="shared">
      <QrCode link={url} label={words.share.shared.codeOf(url)} />
      <div class="stack">
        <p>
          <strong>{text.linkIsOpen}</strong>{' '}
          <span class="quiet number">
            {words.files(fileCount)}, {printSize(totalBytes)}
          </span>
        </p>
        {urls.map((one, n) => (
          <div key={one} class="stack" onFocusIn={() => setShown(n)}>
            <CopyField
              label={urls.length === 1 ? words.share.shared.link : `${words.share.shared.link} ${n + 1}`}
              value={one}
              isPrimary={n === 0}
            />
          </div>
        ))}
        {pin !== '' && (
          <p>
            {text.pin}: <code>{pin}</code>
          </p>
        )}
        <div class="line">
          <Button kind="danger" icon="close" onPress={() => void close()}>
            {text.linkClose}
          </Button>
        </div>
        <Fetched downloads={open.downloads} />
      </div>
    </div>
  )
}

function Fetched({ downloads }: Pick<LinkRow, 'downloads'>): JSX.Element {
  return (
    <section class="stack" aria-label={text.fetched}>
      <h3>{text.fetched}</h3>
      {downloads.length === 0 && <p class="quiet">{text.nobodyYet}</p>}
      <ul class="stack">
        {downloads.map(({ id, ip, name, totalBytes, doneBytes, state }) => {
          const part = totalBytes === 0 ? 1 : doneBytes / totalBytes
          return (
            <li key={id} class="making">
              <div class="making-head">
                <span class="two-lines">
                  <Name text={name} />
                  <span class="quiet small">
                    {ip} · {text.fetchStates[state]}
                  </span>
                </span>
                <span class="number small">{printPercent(part)}</span>
              </div>
              <Progress
                value={part}
                label={name}
                kind={state === 'broken' ? 'bad' : state === 'done' ? 'good' : 'plain'}
              />
            </li>
          )
        })}
      </ul>
    </section>
  )
}
