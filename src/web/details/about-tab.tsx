// What seldom changes: where it is, its hashes and link, who made it, and its limits.
import type { ReadonlySignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import type { TorrentFacts } from '../../daemon/rpc/page-types.ts'
import { printDate, printRate, printRatio, printSize } from '../format.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { copyText } from '../parts/copy-text.ts'
import { Check, Name } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import type { TorrentDetails } from '../state/details.ts'
import { type Torrent, torrentByHash } from '../state/torrents.ts'
import { question } from '../torrents/actions.ts'
import { ratioOf } from '../torrents/torrent-order.ts'
import { words } from '../words/words.ts'

const text = words.details
/** The daemon's limits are in kB/s. */
const KILO = 1_000

interface AboutTabProps {
  readonly hash: string
  readonly details: ReadonlySignal<TorrentDetails>
}

export function AboutTab({ hash, details }: AboutTabProps): JSX.Element | null {
  const torrent = torrentByHash(hash)
  const { facts } = details.value
  if (torrent === undefined) return null
  if (facts === undefined) return <p class="empty quiet">{words.loading}</p>
  return (
    <dl class="about-facts">
      <Fact name={text.where} copy={{ label: text.copyWhere, value: facts.dir }}>
        <Name text={facts.dir} isCut={false} />
      </Fact>
      <Fact name={text.link} copy={{ label: text.copyLink, value: facts.magnet }}>
        <code class="cut">{facts.magnet}</code>
      </Fact>
      {facts.hashes.map((one) => (
        <Fact key={one} name={text.hashes} copy={{ label: text.copyHash, value: one }}>
          <code class="break">{one}</code>
        </Fact>
      ))}
      <Limits torrent={torrent} facts={facts} />
      <Fact name={text.sequential}>
        <Check
          label={<span class="small quiet">{text.sequentialHelp}</span>}
          isOn={facts.is_sequential}
          onChange={(isOn) => void call('torrent_set', { ids: hash, sequential_download: isOn }).catch(tellError)}
        />
      </Fact>
      <Amounts torrent={torrent} facts={facts} />
      <Origin torrent={torrent} facts={facts} />
    </dl>
  )
}

interface FactsProps {
  readonly torrent: Torrent
  readonly facts: TorrentFacts
}

function Limits({ torrent, facts }: FactsProps): JSX.Element {
  const { down_limit: down, up_limit: up, seed_ratio: ratio } = facts
  const limits = [
    ...(down === null ? [] : [text.limitDown(rate(down))]),
    ...(up === null ? [] : [text.limitUp(rate(up))]),
  ]
  const ask = (): void => {
    question.value = { kind: 'limits', torrents: [torrent] }
  }
  return (
    <>
      <Fact name={text.limits}>
        <span class="grow">{limits.length === 0 ? text.limitsNone : limits.join(', ')}</span>
        <Button onPress={ask}>{text.editLimits}</Button>
      </Fact>
      <Fact name={text.ratioGoal}>
        {ratio === null ? text.ratioAsSettings : ratio < 0 ? text.ratioNever : printRatio(ratio)}
      </Fact>
    </>
  )
}

const rate = (kilobytes: number): string => printRate(kilobytes * KILO)

function Amounts({ torrent, facts }: FactsProps): JSX.Element {
  return (
    <>
      <Fact name={text.size}>{torrent.total_bytes === 0 ? words.unknown : printSize(torrent.total_bytes)}</Fact>
      <Fact name={text.sent}>
        {`${printSize(torrent.uploaded_bytes)} (${words.torrents.columns.ratio} ${printRatio(ratioOf(torrent))})`}
      </Fact>
      <Fact name={text.wasted}>
        <span>{printSize(facts.wasted_bytes)}</span>
        <span class="small quiet">{text.wastedHelp}</span>
      </Fact>
    </>
  )
}

function Origin({ torrent, facts }: FactsProps): JSX.Element {
  return (
    <>
      <Fact name={text.addedAt}>{printDate(torrent.added_at)}</Fact>
      {facts.created_at > 0 && <Fact name={text.createdAt}>{printDate(facts.created_at)}</Fact>}
      {facts.created_by !== '' && (
        <Fact name={text.createdBy}>
          <Name text={facts.created_by} isCut={false} />
        </Fact>
      )}
      {facts.comment !== '' && (
        <Fact name={text.comment}>
          <Name text={facts.comment} isCut={false} />
        </Fact>
      )}
      <Fact name={text.isPrivate}>{facts.is_private ? text.privateYes : text.privateNo}</Fact>
    </>
  )
}

interface FactProps {
  readonly name: string
  readonly copy?: { readonly label: string; readonly value: string }
  readonly children: ComponentChildren
}

function Fact({ name, copy, children }: FactProps): JSX.Element {
  return (
    <div class="fact">
      <dt class="quiet">{name}</dt>
      <dd class={copy === undefined ? '' : 'can-copy'}>
        {children}
        {copy !== undefined && (
          <IconButton icon="copy" label={copy.label} onPress={() => void copyText(copy.value).catch(tellError)} />
        )}
      </dd>
    </div>
  )
}
