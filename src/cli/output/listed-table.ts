// Torrents that a tracker lists, as a table.
import { printSize } from '../../core/sizes.ts'
import type { ListedTorrent } from '../../core/tracker/catalogue-answer.ts'
import { secondsSince } from '../commands/contacts.ts'
import { printDuration } from '../durations.ts'
import { type Column, table } from './table.ts'

type Row = ListedTorrent & { readonly number: number }

const NUMBER: Column<Row> = { title: '#', of: ({ number }) => String(number), isRight: true }
const NAME: Column<Row> = { title: 'Name', of: ({ name }) => name, isFlexible: true }
const SIZE: Column<Row> = { title: 'Size', of: ({ sizeBytes }) => printSize(sizeBytes), isRight: true }
const SEEDS: Column<Row> = { title: 'Seeds', of: ({ seeders }) => String(seeders), isRight: true }
const PEERS: Column<Row> = { title: 'Peers', of: ({ leechers }) => String(leechers), isRight: true }
const AGE: Column<Row> = { title: 'Age', of: ageOf, isRight: true }
const HASH: Column<Row> = { title: 'Info-hash', of: ({ hash }) => hash }

/** The hash is what one is chosen by, and takes half of a terminal of 80 columns: there others give way. */
const WIDE_COLUMNS = 100

/** `columns`: of the terminal; undefined where there is none. */
export function listedTable(torrents: readonly ListedTorrent[], columns: number | undefined): string {
  const rows = torrents.map((torrent, n) => ({ ...torrent, number: n + 1 }))
  const isWide = columns === undefined || columns >= WIDE_COLUMNS
  const shape = isWide ? [NUMBER, NAME, SIZE, SEEDS, PEERS, AGE, HASH] : [NUMBER, NAME, SIZE, SEEDS, HASH]
  return table(rows, shape, columns)
}

function ageOf({ publishedAt }: ListedTorrent): string {
  return publishedAt === undefined ? '' : printDuration(secondsSince(publishedAt / 1000) * 1000)
}
