// What of a torrent is wanted, and where it goes: the pure part of the dialog.
import type { Inspected } from '../../daemon/rpc/page-types.ts'
import { buildTree, type TreeFile } from '../parts/file-tree.ts'
import { kindOf, MEDIA_KINDS, type MediaKind } from '../play/media-kind.ts'

export interface Choice {
  /** Numbers of files. */
  readonly wanted: readonly number[]
  readonly unwanted: readonly number[]
  readonly dir: string
  readonly labels: readonly string[]
  readonly isStarted: boolean
  readonly isSequential: boolean
}

/** Numbers of the files that people see, by kind, in the order of the tree. Kinds of which there is none are left out. */
export function filesByKind(files: readonly TreeFile[]): ReadonlyMap<MediaKind, readonly number[]> {
  const { order } = buildTree(files)
  const byKind = new Map(MEDIA_KINDS.map((kind): [MediaKind, number[]] => [kind, []]))
  for (const file of order) byKind.get(kindOf(files[file]?.path ?? ''))?.push(file)
  return new Map([...byKind].filter(([, some]) => some.length > 0))
}

export function bytesOf(files: readonly TreeFile[], numbers: Iterable<number>): number {
  let sum = 0
  for (const n of numbers) sum += files[n]?.length ?? 0
  return sum
}

/** The set with these files in it, or without them. */
export function withFiles(set: ReadonlySet<number>, files: readonly number[], isIn: boolean): ReadonlySet<number> {
  const changed = new Set(set)
  for (const file of files) {
    if (isIn) changed.add(file)
    else changed.delete(file)
  }
  return changed
}

/** For `torrent_add` and `torrent_set`. An empty list would mean all files there, so it is left out. */
export function wishesOf({ wanted, unwanted, labels, isSequential }: Choice, isNew: boolean): object {
  return {
    ...(!isNew && wanted.length > 0 && { files_wanted: wanted }),
    ...(unwanted.length > 0 && { files_unwanted: unwanted }),
    labels,
    sequential_download: isSequential,
  }
}

/** A torrent whose files are known: they need no peers. */
export type WholeTorrent = Inspected & {
  readonly files: NonNullable<Inspected['files']>
  readonly metainfo: string
}

export function isWhole(what: Inspected): what is WholeTorrent {
  return what.files !== null && what.metainfo !== null
}
