// In which parts files go to the daemon: what comes next, and how large a part should be.

export interface PartlyThere {
  readonly size: number
  /** Bytes from its beginning. */
  readonly have: number
}

export interface NextPart {
  readonly file: number
  readonly begin: number
  readonly end: number
}

const MIB = 1024 * 1024
export const FIRST_PART_BYTES: number = MIB
/** The daemon takes 16 MiB; half of it loses less when the connection breaks. */
export const MOST_PART_BYTES: number = 8 * MIB
const LEAST_PART_BYTES = 64 * 1024
/** The daemon allows a request a minute. */
const WANTED_MS = 5_000

/** The first file that is not whole and not on its way: a file takes one part at a time. Those before `from` are not looked at. */
export function nextPart(
  files: readonly PartlyThere[],
  from: number,
  isBusy: (file: number) => boolean,
  bytes: number,
): NextPart | undefined {
  for (let file = from; file < files.length; file++) {
    const { size, have } = files[file] ?? { size: 0, have: 0 }
    if (have < size && !isBusy(file)) return { file, begin: have, end: Math.min(size, have + bytes) }
  }
  return undefined
}

/** So that a part takes a few seconds, however thin the line. */
export function nextPartBytes(bytes: number, tookMs: number): number {
  const wanted = (bytes * WANTED_MS) / Math.max(1, tookMs)
  // Not more than double at once: a part that found the line idle says little.
  return Math.round(Math.max(LEAST_PART_BYTES, Math.min(MOST_PART_BYTES, bytes * 2, wanted)))
}

/** For files that are in no folder of their own. */
export function nameForLoose(
  paths: readonly string[],
  more: (name: string, others: number) => string,
): string | undefined {
  const [first, ...others] = paths
  if (first === undefined || others.length === 0) return undefined
  const top = first.split('/')[0] ?? ''
  const isCommon = paths.every((path) => path.startsWith(`${top}/`))
  return isCommon ? undefined : more(first.split('/').at(-1) ?? first, others.length)
}
