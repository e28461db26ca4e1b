// What the daemon tells of torrents, shown at the pace at which a screen can.
import { batch } from '@preact/signals'
import type { TorrentsEvent } from '../../daemon/rpc/types.ts'
import { OverFrames } from './over-frames.ts'
import { noteSpeeds } from './speeds.ts'
import { forgetTorrent, forgetTorrentsBut, isListLoaded, setTorrent, type Torrent, updateList } from './torrents.ts'

const changes = new OverFrames<number, Torrent>({
  show: (changed) => batch(() => changed.forEach(setTorrent)),
  settle: updateList,
  isSeen: () => !document.hidden,
  nextFrame: (then) => requestAnimationFrame(then),
})

export function applyTorrents({ changed, removed }: TorrentsEvent, isAll: boolean): void {
  noteSpeeds(changed, removed)
  batch(() => {
    if (isAll) {
      forgetTorrentsBut(new Set(changed.map(({ id }) => id)))
      changes.showAll(changed)
      isListLoaded.value = true
      return
    }
    for (const id of removed) {
      forgetTorrent(id)
      changes.forget(id)
    }
    if (removed.length > 0) updateList()
    changes.tell(changed.map((torrent) => [torrent.id, torrent]))
  })
}
