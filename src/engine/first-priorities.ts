// What is wanted of a torrent as long as nobody changed it: as it was added, or as its link says.
import type { Info } from '../core/metainfo/metainfo.ts'
import { NORMAL_PRIORITY } from '../core/pick/piece-order.ts'
import type { Torrent } from './torrent.ts'

/** By file number, 0 for unwanted. */
export function firstPriorities({ options, origin }: Torrent, info: Info): number[] {
  const { select, priorities } = options
  const only = origin.kind === 'magnet' ? origin.magnet.selectOnly : undefined
  const isWanted = (path: string, n: number): boolean => {
    if (typeof select === 'function') return select(path)
    if (select !== undefined) return select.includes(path)
    return only === undefined || only.includes(n) // BEP 53
  }
  return info.files.map((file, n) => priorities?.[n] ?? (isWanted(file.path.join('/'), n) ? NORMAL_PRIORITY : 0))
}
