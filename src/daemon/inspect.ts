// A look at a torrent before it is added: what it holds, and whether it is here already.
import { AppError } from '../core/errors.ts'
import { parseInfoHash } from '../core/ids.ts'
import { printable } from '../core/printable.ts'
import type { Source } from '../engine/load-source.ts'
import { catalogueSource } from './catalogue-source.ts'
import type { Daemon } from './daemon.ts'
import { alreadyListed, FETCH_MS, type GivenSource, givenSource } from './given-source.ts'
import { hashesOf } from './listed-torrent.ts'
import type { Inspected } from './rpc/page-types.ts'

export interface Wanted extends GivenSource {
  /** A tracker, as `shoal_search_sources` tells it, and what it lists. */
  readonly source?: string | undefined
  readonly hash?: string | undefined
}

/** Authors write a few lines; a megabyte of them is there to fill the screen. */
const MAX_COMMENT_CHARACTERS = 2_000

/** Throws AppError: what is wrong with it, or why it cannot be had. */
export async function inspect(daemon: Daemon, wanted: Wanted): Promise<Inspected> {
  const source = await sourceOf(daemon, wanted)
  const duplicate = alreadyListed(daemon.list, source)?.id ?? null
  return { ...(source.kind === 'magnet' ? linkFacts(source) : torrentFacts(source)), duplicate }
}

async function sourceOf({ search }: Daemon, { source, hash, ...given }: Wanted): Promise<Source> {
  if (source === undefined) return givenSource(given)
  const base = search.catalogueOf(source)
  const infoHash = parseInfoHash(hash ?? '')
  if (infoHash === undefined)
    throw new AppError('usage', `hash: expected an info-hash in hex, got ${JSON.stringify(hash)}`)
  return catalogueSource(infoHash, { base, signal: AbortSignal.timeout(FETCH_MS) })
}

type Facts = Omit<Inspected, 'duplicate'>

function linkFacts({ link, magnet }: Source & { readonly kind: 'magnet' }): Facts {
  const [hash = ''] = hashesOf(magnet)
  return {
    name: magnet.name ?? hash,
    hash_string: hash,
    total_bytes: magnet.exactLength ?? 0,
    files: null,
    is_private: false,
    comment: '',
    trackers: magnet.trackers,
    metainfo: null,
    magnet: link,
  }
}

function torrentFacts({ bytes, metainfo }: Source & { readonly kind: 'torrent' }): Facts {
  const { info, comment = '', trackers } = metainfo
  const [hash = ''] = hashesOf(info)
  return {
    name: info.name,
    hash_string: hash,
    total_bytes: info.totalSize,
    files: info.files.map(({ path, length }) => ({ path: path.join('/'), length })),
    is_private: info.isPrivate,
    comment: printable(comment.slice(0, MAX_COMMENT_CHARACTERS)),
    trackers: trackers.flat(),
    metainfo: Buffer.from(bytes).toString('base64'),
    magnet: null,
  }
}
