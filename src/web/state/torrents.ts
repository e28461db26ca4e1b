// All torrents as the daemon told them last, each in a signal of its own: a row draws itself anew, and not the list.
import { batch, type Signal, signal } from '@preact/signals'
import type { TorrentEvent, TorrentsEvent } from '../../daemon/rpc/types.ts'
import { noteSpeeds } from './speeds.ts'

export type Torrent = TorrentEvent

const byId = new Map<number, Signal<Torrent>>()

/** All of them, in no order: for lists, which look again at every change. */
export const torrents = signal<readonly Torrent[]>([])
/** The daemon has told all there are. */
export const isListLoaded = signal(false)

export function applyTorrents({ changed, removed }: TorrentsEvent, isAll: boolean): void {
  noteSpeeds(changed, removed)
  batch(() => {
    if (isAll) {
      const there = new Set(changed.map(({ id }) => id))
      for (const id of byId.keys()) if (!there.has(id)) byId.delete(id)
      isListLoaded.value = true
    }
    for (const id of removed) byId.delete(id)
    for (const torrent of changed) {
      const known = byId.get(torrent.id)
      if (known === undefined) byId.set(torrent.id, signal(torrent))
      else known.value = torrent
    }
    if (isAll || changed.length > 0 || removed.length > 0)
      torrents.value = Array.from(byId.values(), (one) => one.peek())
  })
}

export function torrentSignal(id: number): Signal<Torrent> | undefined {
  return byId.get(id)
}

export function torrentByHash(hash: string): Torrent | undefined {
  return torrents.value.find(({ hash_string: one }) => one === hash)
}
