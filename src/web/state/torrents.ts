// All torrents as the daemon told them last, each in a signal of its own: a row draws itself anew, and not the list.
import { type Signal, signal } from '@preact/signals'
import type { TorrentEvent } from '../../daemon/rpc/types.ts'

export type Torrent = TorrentEvent

const byId = new Map<number, Signal<Torrent>>()

/** All of them, in no order: for lists, which look again when what was told is shown. */
export const torrents = signal<readonly Torrent[]>([])
/** The daemon has told all there are. */
export const isListLoaded = signal(false)

export function torrentSignal(id: number): Signal<Torrent> | undefined {
  return byId.get(id)
}

export function torrentByHash(hash: string): Torrent | undefined {
  return torrents.value.find(({ hash_string: one }) => one === hash)
}

export function setTorrent(torrent: Torrent): void {
  const known = byId.get(torrent.id)
  if (known === undefined) byId.set(torrent.id, signal(torrent))
  else known.value = torrent
}

export function forgetTorrent(id: number): void {
  byId.delete(id)
}

/** Those that stay are in the signals they were in: rows hold them. */
export function forgetTorrentsBut(ids: ReadonlySet<number>): void {
  for (const id of byId.keys()) if (!ids.has(id)) byId.delete(id)
}

/** After any of these changes. */
export function updateList(): void {
  torrents.value = Array.from(byId.values(), (one) => one.peek())
}
