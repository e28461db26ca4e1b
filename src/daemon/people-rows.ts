// People, and what goes between them, as clients of the API get it.
import { printAddress } from '../core/address.ts'
import type { Contact } from '../direct/contacts.ts'
import type { Direct } from '../direct/direct.ts'
import type { Fetch } from '../direct/fetching.ts'
import type { IncomingOffer } from '../direct/incoming.ts'
import type { Link } from '../direct/link.ts'
import type { OutgoingTransfer } from '../direct/outgoing.ts'
import type { ReceivedMessage } from '../direct/talk.ts'
import type { ContactRow, FetchRow, LinkRow, MessageRow, OfferRow, TransferRow } from './rpc/types.ts'

/**
 * Making a code takes a millisecond, and somebody nearby may claim to be hundreds of people: the others get theirs the next
 * time. Who was added comes first.
 */
const NEW_CODES_AT_ONCE = 50

export function contactRows({ contacts, codes }: Direct): ContactRow[] {
  let left = NEW_CODES_AT_ONCE
  return contacts.all().map((contact) => {
    const isLater = codes.isNew(contact) && left-- <= 0
    return rowOf(contact, isLater ? undefined : codes.of(contact))
  })
}

export function contactRow({ codes }: Direct, contact: Contact): ContactRow {
  return rowOf(contact, codes.of(contact))
}

function rowOf(contact: Contact, code: string | undefined): ContactRow {
  const { id, name, fingerprint, address, protocol, isShoal, trust, isKept, seenAtMs } = contact
  return {
    id,
    name,
    fingerprint: fingerprint ?? null,
    code: code ?? null,
    address: printAddress(address),
    protocol,
    kind: isShoal ? 'shoal' : 'localsend',
    trust,
    isKept,
    seenAt: Math.floor(seenAtMs / 1000),
  }
}

export function transferRow(transfer: OutgoingTransfer): TransferRow {
  const { id, to, batch, name, fileCount, acceptedCount, totalBytes, doneBytes, state, error, isPinWanted } = transfer
  const amounts = { fileCount, acceptedCount, totalBytes, doneBytes }
  return { id, to: to.name, batch, name, isVerified: to.isShoal, ...amounts, state, error, isPinWanted }
}

export function fetchRow({ id, path, from, torrent }: Fetch): FetchRow {
  const { state, totalBytes, doneBytes, downloadBytesPerSec, error } = torrent.status()
  return {
    id,
    path,
    from: [...from],
    dir: torrent.dir,
    state,
    totalBytes,
    doneBytes,
    rate: Math.round(downloadBytesPerSec),
    error: error?.message ?? '',
  }
}

/** Asking keeps the link open, see link.ts. */
export function linkRow(direct: Direct, link: Link): LinkRow {
  const { files, totalBytes, pin } = link
  const downloads = link.watch().map((download) => ({ ...download }))
  return { urls: direct.linkUrls, pin, fileCount: files.size, totalBytes, downloads }
}

/** How much of an offer's lists is told: so many names, of so many characters together. */
export interface NamesTold {
  readonly names: number
  readonly characters: number
}

const ALL_NAMES: NamesTold = { names: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY }

export function offerRow(offer: IncomingOffer, told: NamesTold = ALL_NAMES): OfferRow {
  const { id, from, isProven, files, totalBytes, dir, state, doneBytes, error, received } = offer
  const all = files.values().map(({ file }) => ({ name: file.fileName, size: file.size }))
  return {
    id,
    from: from.name,
    isProven,
    files: firstOf(all, told, ({ name }) => name),
    fileCount: files.size,
    totalBytes,
    dir,
    state,
    doneBytes,
    error,
    received: firstOf(received.values(), told, (path) => path),
  }
}

function firstOf<Item>(
  items: Iterable<Item>,
  { names, characters }: NamesTold,
  nameOf: (item: Item) => string,
): Item[] {
  const first: Item[] = []
  let left = characters
  for (const item of items) {
    left -= nameOf(item).length
    if (first.length >= names || left < 0) break
    first.push(item)
  }
  return first
}

export function messageRow({ id, sender, fingerprint, isProven, text, atMs }: ReceivedMessage): MessageRow {
  return { id, from: sender, fingerprint, isProven, text, at: Math.floor(atMs / 1000) }
}
