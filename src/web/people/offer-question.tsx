// One offer: who, what, where to, and a yes or no. What is not wanted of it can be left out.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { OfferRow } from '../../daemon/rpc/types.ts'
import { printSize } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { FileTree } from '../parts/file-tree.tsx'
import { Check, Name, Notice } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { contacts } from '../state/live.ts'
import { go } from '../state/route.ts'
import { words } from '../words/words.ts'
import { wordFor } from './contact-list.ts'
import { answered, keyOf, putOff, withKey } from './offer-queue.ts'
import { TrustBadge } from './trust-badge.tsx'

const text = words.folk
/** A press that was meant for what stood there before shall accept nothing. */
const READY_MS = 500
/** Of one row, and of the list: as in file-tree.tsx. */
const ROW = 36
const MOST_ROWS = 7

interface OfferQuestionProps {
  readonly offer: OfferRow
  readonly onOpen: () => void
}

export function OfferQuestion({ offer, onOpen }: OfferQuestionProps): JSX.Element {
  const { id, from, isProven, fileCount, dir } = offer
  const key = keyOf(offer)
  const files = useAllFiles(offer)
  const [unwanted, setUnwanted] = useState<ReadonlySet<number>>(new Set())
  const [isAlways, setIsAlways] = useState(false)
  const [isReady, setIsReady] = useState(false)
  const [isBusy, setIsBusy] = useState(false)
  const contact = contacts.value.find(({ name }) => name === from)

  useEffect(() => {
    onOpen()
    const timer = setTimeout(() => setIsReady(true), READY_MS)
    return () => clearTimeout(timer)
  }, [])

  const want = (positions: readonly number[], isWanted: boolean): void => {
    const next = new Set(unwanted)
    for (const position of positions) {
      if (isWanted) next.delete(position)
      else next.add(position)
    }
    setUnwanted(next)
  }
  const answer = async (yes: boolean): Promise<void> => {
    const some = yes && unwanted.size > 0
    const wanted = some && Array.from(files.keys()).filter((position) => !unwanted.has(position))
    setIsBusy(true)
    try {
      await call('shoal_offer_answer', { id, yes, ...(wanted !== false && { files: wanted }) })
      answered.value = withKey(answered.value, key, true)
    } finally {
      setIsBusy(false)
    }
    if (!yes) return
    tell(text.accepted(from), { label: text.show, onPress: () => go('people', 'transfers') })
    if (isAlways && contact !== undefined) {
      await call('shoal_contact_change', { contact: wordFor(contact), trust: 'trusted' })
    }
  }
  const say = (yes: boolean) => (): void => void answer(yes).catch(tellError)
  const later = (): void => {
    putOff.value = withKey(putOff.value, key, true)
  }

  const canAnswer = isReady && !isBusy
  const chosen = fileCount - unwanted.size
  const bytes = unwanted.size === 0 ? offer.totalBytes : bytesOf(files, unwanted)
  const footer = (
    <>
      <Button kind="bare" onPress={later}>
        {text.later}
      </Button>
      <Button kind="danger" onPress={say(false)} isDisabled={!canAnswer}>
        {text.decline}
      </Button>
      <Button kind="primary" icon="download" onPress={say(true)} isDisabled={!canAnswer || chosen === 0}>
        {unwanted.size === 0 ? text.accept : text.acceptSome(chosen)}
      </Button>
    </>
  )
  return (
    <Dialog title={text.offerTitle(fileCount)} role="alertdialog" onClose={later} footer={footer}>
      <dl class="people-facts">
        <dt>{text.offerFrom}</dt>
        <dd class="line">
          <strong class="break">
            <Name text={from} isCut={false} />
          </strong>
          {isProven ? contact && <TrustBadge contact={contact} /> : <span class="badge warn">{text.unproven}</span>}
        </dd>
        <dt>{text.offerWhat}</dt>
        <dd class="number">
          {unwanted.size === 0
            ? text.offerSize(fileCount, printSize(bytes))
            : text.offerChosen(chosen, fileCount, printSize(bytes))}
        </dd>
        <dt>{text.offerTo}</dt>
        <dd>
          <Name text={dir} isCut={false} />
        </dd>
      </dl>
      {!isProven && <Notice kind="warn">{text.offerUnproven}</Notice>}
      {files.length < fileCount ? (
        <p class="quiet" role="status">
          {text.offerListComes}
        </p>
      ) : (
        <div class="offer-files" style={{ height: `${Math.min(MOST_ROWS, fileCount + 1) * ROW}px` }}>
          <FileTree
            label={text.offerList}
            files={files}
            isWanted={(position) => !unwanted.has(position)}
            onWant={want}
          />
        </div>
      )}
      {isProven && contact !== undefined && contact.trust !== 'trusted' && (
        <Check label={text.always} isOn={isAlways} onChange={setIsAlways} />
      )}
    </Dialog>
  )
}

interface OfferedFile {
  readonly path: string
  readonly length: number
}

/** Of a long list only the beginning is told by itself. */
function useAllFiles({ id, files, fileCount }: OfferRow): readonly OfferedFile[] {
  const [all, setAll] = useState(() => files.map(asOffered))
  useEffect(() => {
    if (files.length >= fileCount) return undefined
    const gone = new AbortController()
    call<{ offers: readonly OfferRow[] }>('shoal_transfers', {}, gone.signal)
      .then(({ offers }) => setAll(offers.find((one) => one.id === id)?.files.map(asOffered) ?? []))
      .catch(tellError)
    return () => gone.abort()
  }, [])
  return all
}

function asOffered({ name, size }: OfferRow['files'][number]): OfferedFile {
  return { path: name, length: size }
}

function bytesOf(files: readonly OfferedFile[], unwanted: ReadonlySet<number>): number {
  return files.reduce((sum, { length }, position) => (unwanted.has(position) ? sum : sum + length), 0)
}
