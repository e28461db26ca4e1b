// Finds out what a link, a .torrent or a search result is, before anything is downloaded.
import type { Inspected } from '../../daemon/rpc/page-types.ts'
import { call } from '../state/api.ts'
import { torrentSignal } from '../state/torrents.ts'
import { words } from '../words/words.ts'
import { isWhole, type WholeTorrent } from './choice.ts'

/** For `shoal_inspect`: a link, a .torrent in base64, or what a tracker lists. */
export type Wanted =
  | { readonly filename: string }
  | { readonly metainfo: string }
  | { readonly source: string; readonly hash: string }

export type Looked =
  | { readonly kind: 'choose'; readonly what: WholeTorrent }
  /** It is in the list, and waits for a choice. */
  | { readonly kind: 'decide'; readonly hash: string }
  /** It was here before. */
  | { readonly kind: 'here'; readonly hash: string; readonly name: string }

/** As src/core/metainfo/limits.ts. */
const MAX_TORRENT_BYTES = 10 * 1024 * 1024

interface Added {
  readonly torrent_added?: { readonly hash_string: string }
  readonly torrent_duplicate?: { readonly hash_string: string }
}

/** Of a link it is added, to ask peers; nothing else of it is fetched before a choice. Throws ApiError. */
export async function look(wanted: Wanted, signal: AbortSignal): Promise<Looked> {
  const what = await call<Inspected>('shoal_inspect', wanted, signal)
  const { name, duplicate } = what
  if (duplicate !== null) {
    const torrent = torrentSignal(duplicate)?.peek()
    const hash = torrent?.hash_string ?? what.hash_string
    return torrent?.is_undecided === true
      ? { kind: 'decide', hash }
      : { kind: 'here', hash, name: torrent?.name ?? name }
  }
  if (isWhole(what)) return { kind: 'choose', what }
  const { torrent_added: added, torrent_duplicate: before } = await call<Added>(
    'torrent_add',
    { filename: what.magnet, ask_first: true },
    signal,
  )
  const hash = (added ?? before)?.hash_string ?? what.hash_string
  return added === undefined ? { kind: 'here', hash, name } : { kind: 'decide', hash }
}

/** Its bytes for `metainfo`. Throws Error with a sentence. */
export async function readTorrent(file: File): Promise<string> {
  if (file.size > MAX_TORRENT_BYTES) throw new Error(words.download.tooLarge)
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result as string).replace(/^[^,]*,/, ''))
    reader.onerror = () => reject(reader.error ?? new Error(words.somethingFailed))
    reader.readAsDataURL(file)
  })
}
