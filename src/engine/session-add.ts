// What a torrent is begun with: checks a .torrent or magnet link and the folder.
import { resolve } from 'node:path'
import { parseMagnet } from '../core/metainfo/magnet.ts'
import { parseTorrent } from '../core/metainfo/parse.ts'
import { nodeHasher } from '../io/hasher.ts'
import type { AddOptions, TorrentSource } from './add-options.ts'
import type { Origin } from './torrent.ts'

/** Throws AppError 'bad-metainfo' or 'bad-magnet'. */
export function describeTorrent(source: TorrentSource, options: AddOptions): { origin: Origin; dir: string } {
  const dir = resolve(options.dir)
  if ('magnet' in source) return { origin: { kind: 'magnet', magnet: parseMagnet(source.magnet) }, dir }
  const metainfo = parseTorrent(source.metainfo, nodeHasher, process.platform)
  return { origin: { kind: 'metainfo', metainfo, bytes: source.metainfo }, dir }
}
