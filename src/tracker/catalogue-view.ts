// An entry of the catalogue as people get to see it, in whatever form: with its peers and with links that lead here.
import { toHex } from '../core/bytes.ts'
import { printMagnet } from '../core/metainfo/magnet.ts'
import type { SwarmCounts } from '../core/tracker/announce.ts'
import type { CatalogueEntry } from './catalogue.ts'

/** Where the asker found us. */
export interface Here {
  /** As the asker called us, checked; `undefined` for what is no name of a host. */
  readonly host: string | undefined
  /** Empty, or `/passkey`. */
  readonly prefix: string
}

export interface ListedTorrent extends CatalogueEntry {
  readonly hex: string
  readonly counts: SwarmCounts
  readonly magnet: string
  /** Path of the .torrent on this tracker. */
  readonly torrent: string
}

export function listedTorrent(entry: CatalogueEntry, counts: SwarmCounts | undefined, here: Here): ListedTorrent {
  const hex = toHex(entry.infoHash)
  const announce = announceUrl(here)
  const magnet = printMagnet({
    infoHashV1: entry.infoHash,
    infoHashV2: undefined,
    name: entry.name,
    trackers: announce === undefined ? [] : [announce],
    webSeeds: [],
    peers: [],
    selectOnly: undefined,
    exactLength: undefined,
  })
  return {
    ...entry,
    hex,
    counts: counts ?? { seeders: 0, leechers: 0, completed: 0 },
    magnet,
    torrent: `${here.prefix}/catalogue/${hex}.torrent`,
  }
}

export function announceUrl({ host, prefix }: Here): string | undefined {
  return host === undefined ? undefined : `http://${host}${prefix}/announce`
}

/** For readers that know no other than whole links. */
export function absolute(path: string, { host = 'this-host' }: Here): string {
  return `http://${host}${path}`
}

/** As the API has it. */
export function jsonOf({
  hex,
  name,
  sizeBytes,
  fileCount,
  counts,
  publishedAt,
  magnet,
  torrent,
}: ListedTorrent): object {
  return {
    info_hash: hex,
    name,
    size: sizeBytes,
    files: fileCount,
    ...{ seeders: counts.seeders, leechers: counts.leechers, completed: counts.completed },
    published_at: new Date(publishedAt * 1000).toISOString(),
    magnet,
    torrent,
  }
}
