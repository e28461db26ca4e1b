// What starts, stops and shows a torrent: the functions that its class needs, which need the class.
import type { TorrentLife } from './torrent.ts'
import { closeTorrent } from './torrent-close.ts'
import { connectMore } from './torrent-connect.ts'
import { openTorrent } from './torrent-open.ts'
import { closePeers } from './torrent-peers.ts'
import { statusOf } from './torrent-snapshot.ts'

export const TORRENT_LIFE: TorrentLife = {
  open: openTorrent,
  closePeers,
  close: closeTorrent,
  connectMore,
  statusOf,
}
