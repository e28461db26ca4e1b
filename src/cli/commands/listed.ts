// Commands on files that also take a torrent of the daemon.
import type { TorrentRow } from '../../daemon/rpc/types.ts'
import type { DaemonClient } from '../daemon-client.ts'

/** The torrent that is meant, where a daemon runs; `undefined` for files, links and hashes. Throws AppError as `torrents`. */
export async function listedInDaemon(word: string, daemon: DaemonClient): Promise<TorrentRow | undefined> {
  const { existsSync } = await import('node:fs')
  if (/^(https?|magnet):|^[0-9a-f]{40}$/i.test(word) || existsSync(word)) return undefined
  if (!(await daemon.isThere())) return undefined // the file that is missing is what should be said
  const [torrent] = await daemon.torrents([word])
  return torrent
}
