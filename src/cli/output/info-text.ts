// What `shoal info` prints: for people, and with --json for programs.
import { printAddress } from '../../core/address.ts'
import { toHex } from '../../core/bytes.ts'
import { type Magnet, magnetOf, printMagnet } from '../../core/metainfo/magnet.ts'
import type { Info, Metainfo } from '../../core/metainfo/metainfo.ts'
import { printPieceLength, printSize } from '../../core/sizes.ts'
import type { Source } from '../../engine/load-source.ts'
import { count } from './progress-line.ts'
import { printable } from '../../core/printable.ts'

/** The names stay: other programs read them. `null` is what a magnet link does not tell. */
export interface InfoJson {
  readonly infoHashV1: string | null
  readonly infoHashV2: string | null
  readonly name: string | null
  readonly totalSize: number | null
  readonly numFiles: number | null
  readonly pieceLength: number | null
  readonly pieces: number | null
  readonly private: boolean | null
  /** Without padding. `path` is below the download folder, with `/`. */
  readonly files: readonly { readonly path: string; readonly length: number }[] | null
  readonly trackers: readonly string[]
  readonly webseeds: readonly string[]
  /** `ip:port`. */
  readonly peers: readonly string[]
  /** BEP 53: the numbers of the files to download. */
  readonly so: readonly number[] | null
  readonly comment: string | null
  readonly createdBy: string | null
  /** Seconds since 1970. */
  readonly creationDate: number | null
  readonly source: string | null
  readonly magnet: string
}

export function infoJson(source: Source): InfoJson {
  return source.kind === 'magnet' ? magnetJson(source.magnet) : torrentJson(source.metainfo)
}

function torrentJson(metainfo: Metainfo): InfoJson {
  const { info } = metainfo
  const files = shownFiles(info)
  return {
    infoHashV1: hexOrNull(info.infoHashV1),
    infoHashV2: hexOrNull(info.infoHashV2),
    name: info.name,
    totalSize: info.totalSize,
    numFiles: files.length,
    pieceLength: info.geometry.pieceLength,
    pieces: info.geometry.pieceCount,
    private: info.isPrivate,
    files,
    trackers: metainfo.trackers.flat(),
    webseeds: metainfo.webSeeds,
    peers: [],
    so: null,
    comment: metainfo.comment ?? null,
    createdBy: metainfo.createdBy ?? null,
    creationDate: metainfo.createdAt ?? null,
    source: info.source ?? null,
    magnet: printMagnet(magnetOf(metainfo)),
  }
}

function magnetJson(magnet: Magnet): InfoJson {
  return {
    infoHashV1: hexOrNull(magnet.infoHashV1),
    infoHashV2: hexOrNull(magnet.infoHashV2),
    name: magnet.name ?? null,
    totalSize: magnet.exactLength ?? null,
    numFiles: null,
    pieceLength: null,
    pieces: null,
    private: null,
    files: null,
    trackers: magnet.trackers,
    webseeds: magnet.webSeeds,
    peers: magnet.peers.map(printAddress),
    so: magnet.selectOnly ?? null,
    comment: null,
    createdBy: null,
    creationDate: null,
    source: null,
    magnet: printMagnet(magnet),
  }
}

/** Real files, without padding (BEP 47). */
export function shownFiles(info: Info): { readonly path: string; readonly length: number }[] {
  return info.files.filter((file) => !file.isPad).map(({ path, length }) => ({ path: path.join('/'), length }))
}

function hexOrNull(hash: Uint8Array | undefined): string | null {
  return hash === undefined ? null : toHex(hash)
}

type Row = readonly [label: string, values: string | readonly string[] | null | undefined]

export function infoText(source: Source): string {
  const info = infoJson(source)
  const files = info.numFiles === null ? null : count(info.numFiles, 'file')
  const size = info.totalSize === null ? null : `${printSize(info.totalSize)} (${info.totalSize} bytes)`
  const rows: Row[] = [
    ['Name', info.name],
    ['Size', size && [size, files].filter((part) => part !== null).join(' in ')],
    [
      'Pieces',
      info.pieceLength === null ? null : `${count(info.pieces ?? 0, 'piece')} of ${printPieceLength(info.pieceLength)}`,
    ],
    ['Info-hash v1', info.infoHashV1],
    ['Info-hash v2', info.infoHashV2],
    ['Private', info.private === true ? 'yes: peers come from its trackers only' : null],
    ['Source', info.source],
    ['Comment', info.comment],
    ['Created by', info.createdBy],
    ['Created', info.creationDate === null ? null : printTime(info.creationDate)],
    ['Trackers', source.kind === 'torrent' ? tierLines(source.metainfo.trackers) : info.trackers],
    ['Web seeds', info.webseeds],
    ['Peers', info.peers],
    ['Only files', info.so?.join(', ')],
    ['Magnet link', source.kind === 'torrent' ? info.magnet : null],
    ['Files', info.files && fileLines(info.files)],
  ]
  return rows.flatMap(rowLines).join('')
}

const LABEL_COLUMNS = 14

function rowLines([label, values]: Row): string[] {
  if (values === undefined || values === null || values === '') return []
  return [values].flat().map((value, n) => {
    return `${(n === 0 ? label : '').padEnd(LABEL_COLUMNS)}${printable(value)}\n`
  })
}

/** The tier (BEP 12) is told only where there are several. */
function tierLines(tiers: Metainfo['trackers']): string[] {
  return tiers.flatMap((tier, n) => tier.map((url) => (tiers.length > 1 ? `${url} (tier ${n + 1})` : url)))
}

function fileLines(files: readonly { readonly path: string; readonly length: number }[]): string[] {
  const sizes = files.map((file) => printSize(file.length))
  const columns = Math.max(...sizes.map((size) => size.length))
  return files.map((file, n) => `${sizes[n]?.padStart(columns)}  ${file.path}`)
}

function printTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC')
}
