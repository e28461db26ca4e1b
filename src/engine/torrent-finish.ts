// What follows when files and the whole torrent become complete.
import { AppError } from '../core/errors.ts'
import { writeUploadOnly } from '../core/ext/donthave.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Content } from './content.ts'
import type { Torrent } from './torrent.ts'
import { dropPeer } from './torrent-peers.ts'

/** All pieces of a file are verified: it gets its real name. */
export function finishFile(torrent: Torrent, content: Content, file: number): void {
  torrent.finishing++
  content.storage.finishFile(file, (result) => {
    torrent.finishing--
    if (result instanceof AppError) return torrent.fail(result)
    torrent.keep((record) => record.fileFinished(result))
    checkDone(torrent)
  })
}

/** Call when the last wanted piece may have come. */
export function checkDone(torrent: Torrent): void {
  if (!torrent.isDone || torrent.seedingSince !== undefined) return
  torrent.seedingSince = monotonicMs()
  for (const peer of [...torrent.peers]) {
    const id = peer.extensions.idOf('upload_only')
    if (id !== undefined) peer.sendExtended(id, writeUploadOnly(true))
    dropIfUseless(torrent, peer)
  }
  torrent.finish()
}

/** BEP 21: two that want nothing have nothing to say to each other. */
export function dropIfUseless(torrent: Torrent, peer: Parameters<typeof dropPeer>[1]): void {
  if (!torrent.isDone || !(peer.isSeed || peer.isUploadOnly)) return
  if (peer.candidate !== undefined) peer.candidate.isSeed = true
  dropPeer(torrent, peer)
}
