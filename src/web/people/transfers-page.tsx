// What was sent, received and fetched: by what was sent at once, the latest first.
import type { ComponentChildren, JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import type { OfferRow, TransferRow } from '../../daemon/rpc/types.ts'
import { printPercent, printSize } from '../format.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { Empty, Name, Progress } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { fetches, offers, sent } from '../state/live.ts'
import { words } from '../words/words.ts'
import { FetchList } from './fetch-list.tsx'
import { keyOf, putOff, withKey } from './offer-queue.ts'
import {
  isUnderWay,
  offerBar,
  offerName,
  offerWords,
  partOf,
  type SentGroup,
  sentBar,
  sentGroups,
  sentWords,
} from './transfer-groups.ts'

const text = words.folk
/** Shown at first, and more of at each wish. */
const STEP = 20
/** Paths that are named of what came; the others are counted. */
const MOST_PATHS = 5

export function TransfersPage(): JSX.Element {
  const rows = sent.value
  const groups = useMemo(() => sentGroups(rows), [rows])
  const came = offers.value.toReversed()
  const fetched = fetches.value.toReversed()
  const isNone = groups.length === 0 && came.length === 0 && fetched.length === 0
  return (
    <>
      <h2 id="people-title" tabIndex={-1}>
        {text.transfers}
      </h2>
      {isNone && (
        <Empty icon="send" title={text.noTransfers}>
          <p class="quiet">{text.noTransfersHow}</p>
        </Empty>
      )}
      <Part title={text.received} rows={came} draw={(offer) => <Received key={offer.id} offer={offer} />} />
      <Part title={text.sent} rows={groups} draw={(group) => <Sent key={group.batch} group={group} />} />
      <Part
        title={text.fetched}
        rows={fetched}
        draw={(row) => (
          <li key={row.id}>
            <FetchList rows={[row]} />
          </li>
        )}
      />
    </>
  )
}

interface PartProps<Row> {
  readonly title: string
  readonly rows: readonly Row[]
  readonly draw: (row: Row) => ComponentChildren
}

function Part<Row>({ title, rows, draw }: PartProps<Row>): JSX.Element | null {
  const [shown, setShown] = useState(STEP)
  if (rows.length === 0) return null
  return (
    <section class="card stack" aria-label={title}>
      <h3>{title}</h3>
      <ul class="people-transfers">{rows.slice(0, shown).map(draw)}</ul>
      {rows.length > shown && (
        <Button kind="bare" onPress={() => setShown(shown + STEP)}>
          {text.older}
        </Button>
      )}
    </section>
  )
}

function Sent({ group: { name, fileCount, totalBytes, receivers } }: { readonly group: SentGroup }): JSX.Element {
  return (
    <li class="people-transfer">
      <Title name={name} fileCount={fileCount} bytes={totalBytes} />
      <ul class="sent-receivers">
        {receivers.map((row) => (
          <ToOne key={row.id} row={row} />
        ))}
      </ul>
    </li>
  )
}

function ToOne({ row }: { readonly row: TransferRow }): JSX.Element {
  const part = partOf(row, row.state === 'done')
  return (
    <li class="sent-receiver">
      <span class="sent-name">
        <Name text={row.to} />
      </span>
      <Progress value={part} label={text.progress} kind={sentBar(row)} />
      <span class="small number">{printPercent(part)}</span>
      <span class="sent-end">
        {isUnderWay(row) && (
          <IconButton
            icon="close"
            label={text.cancelSend(printable(row.to))}
            onPress={() => void call('shoal_send_cancel', { id: row.id }).catch(tellError)}
          />
        )}
      </span>
      <span class="sent-state small quiet break">{printable(sentWords(row))}</span>
    </li>
  )
}

function Received({ offer }: { readonly offer: OfferRow }): JSX.Element {
  const { id, from, isProven, fileCount, totalBytes, dir, state, received } = offer
  const part = partOf(offer, state === 'done')
  const more = received.length - MOST_PATHS
  return (
    <li class="people-transfer">
      <Title name={offerName(offer)} fileCount={fileCount} bytes={totalBytes}>
        {state === 'receiving' && (
          <IconButton
            icon="close"
            label={text.stopOffer}
            onPress={() => void call('shoal_offer_answer', { id, yes: false }).catch(tellError)}
          />
        )}
        {state === 'asking' && (
          <Button
            kind="primary"
            onPress={() => {
              putOff.value = withKey(putOff.value, keyOf(offer), false)
            }}
          >
            {text.answer}
          </Button>
        )}
      </Title>
      <Progress value={part} label={text.progress} kind={offerBar(offer)} />
      <p class="people-transfer-state small quiet">
        <span class="break">{printable(offerWords(offer))}</span>
        <span class="number">{printPercent(part)}</span>
      </p>
      <p class="small quiet break">
        {text.offerFrom} <Name text={from} isCut={false} />{' '}
        {!isProven && <span class="badge warn">{text.unproven}</span>}
        {' · '}
        {text.isIn} <Name text={dir} isCut={false} />
      </p>
      {received.length > 0 && (
        <ul class="small quiet" aria-label={text.files}>
          {received.slice(0, MOST_PATHS).map((path) => (
            <li key={path} class="cut">
              <Name text={path} />
            </li>
          ))}
          {more > 0 && <li>{text.andMore(more)}</li>}
        </ul>
      )}
    </li>
  )
}

interface TitleProps {
  readonly name: string
  readonly fileCount: number
  readonly bytes: number
  readonly children?: ComponentChildren
}

function Title({ name, fileCount, bytes, children }: TitleProps): JSX.Element {
  return (
    <div class="line">
      <strong class="grow cut">
        <Name text={name} />
      </strong>
      <span class="quiet small number">{text.offerSize(fileCount, printSize(bytes))}</span>
      {children}
    </div>
  )
}
