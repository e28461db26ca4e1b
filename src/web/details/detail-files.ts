// Files of a torrent in its details: what is wanted of several at once, how far they are, and which one to play. Pure.
import type { FileDetail } from '../../daemon/rpc/page-types.ts'
import { kindOf } from '../play/media-kind.ts'

export type Priority = FileDetail['priority']
export const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low', 'unwanted']

/** Of several files; 'mixed' if they differ. */
export function priorityOf(files: readonly FileDetail[], numbers: readonly number[]): Priority | 'mixed' {
  const [first, ...others] = numbers
  const priority = files[first ?? -1]?.priority ?? 'normal'
  return others.every((file) => files[file]?.priority === priority) ? priority : 'mixed'
}

/** What `torrent_set` has to be told; an empty list would mean all files. */
export function priorityChange(numbers: readonly number[], priority: Priority): object | undefined {
  if (numbers.length === 0) return undefined
  if (priority === 'unwanted') return { files_unwanted: numbers }
  return { files_wanted: numbers, [`priority_${priority}`]: numbers }
}

/** 0 to 1, in bytes; what has none is complete. */
export function progressOfFiles(files: readonly FileDetail[], numbers: readonly number[]): number {
  let done = 0
  let all = 0
  for (const number of numbers) {
    const file = files[number]
    done += file?.done_bytes ?? 0
    all += file?.length ?? 0
  }
  return all === 0 ? 1 : done / all
}

/** Can a browser show it, now? Media come while they are played; anything else is opened when it is whole. */
export function canOpen({ path, length, done_bytes: done }: FileDetail): boolean {
  return kindOf(path) !== 'other' || done >= length
}

/** The largest that plays: the film, and not its trailer. */
export function fileToPlay(files: readonly FileDetail[]): number | undefined {
  let best: number | undefined
  files.forEach(({ path, length }, n) => {
    const kind = kindOf(path)
    if ((kind === 'video' || kind === 'audio') && length > (files[best ?? -1]?.length ?? -1)) best = n
  })
  return best
}

interface Named {
  readonly path: string
  readonly length: number
}

/** The list of before while only progress has changed: the tree of 20,000 files is not made anew each second. */
export function sameNames<File extends Named>(before: readonly Named[], files: readonly File[]): readonly Named[] {
  const isSame = (file: Named, n: number): boolean => file.path === files[n]?.path && file.length === files[n]?.length
  return before.length === files.length && before.every(isSame) ? before : files
}
