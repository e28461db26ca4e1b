// A magnet link's way to its metainfo (BEP 9): core/ext/metadata-download.ts decides, this file carries.
import { AppError } from '../core/errors.ts'
import { MetadataDownload } from '../core/ext/metadata-download.ts'
import { writeMetadataRequest } from '../core/ext/metadata-message.ts'
import { nodeHasher } from '../io/hasher.ts'
import { fetchedMetainfo } from './kept-metainfo.ts'
import type { Torrent } from './torrent.ts'
import { ban } from './torrent-blame.ts'

/** Calls `onFetched` when `torrent.metainfo` is there. */
export function startMetadata(torrent: Torrent, onFetched: () => void): void {
  const { infoHashV1: v1, infoHashV2: v2 } = torrent
  torrent.metadata = new MetadataDownload({ v1, v2 }, nodeHasher, {
    request(slot, piece) {
      const peer = torrent.slots.at(slot)
      const id = peer?.extensions.idOf('ut_metadata')
      if (peer !== undefined && id !== undefined) peer.sendExtended(id, writeMetadataRequest(piece))
    },
    done(bytes) {
      torrent.metadata = undefined
      try {
        torrent.metainfo = fetchedMetainfo(bytes, torrent)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        return torrent.fail(error)
      }
      onFetched()
    },
    blame(slot) {
      const key = torrent.slots.banKeyAt(slot)
      if (key !== undefined) ban(torrent, key, 'bad-metadata')
    },
    conflict() {
      const message = 'the link names two different torrents: its two info-hashes do not belong together'
      torrent.fail(new AppError('bad-magnet', message))
    },
  })
}
