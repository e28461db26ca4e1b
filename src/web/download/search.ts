// Asking everybody who may know: trackers with a catalogue, and people. Results come source by source, so that no slow one
// holds up the others; and what the list below the box shows of all that.
import type { FoundRow, SearchSource } from '../../daemon/rpc/page-types.ts'
import { sentenceOf } from '../state/api.ts'
import type { Torrent } from '../state/torrents.ts'
import type { Given } from './given.ts'

export interface Asked {
  readonly source: SearchSource
  readonly state: 'asking' | 'done' | 'failed'
  readonly found: readonly FoundRow[]
  /** A sentence, if it failed. */
  readonly why: string
}

/** Who is asked, and how. */
export interface Asks {
  readonly sources: (signal: AbortSignal) => Promise<readonly SearchSource[]>
  readonly find: (source: string, words: string, signal: AbortSignal) => Promise<readonly FoundRow[]>
}

/** The daemon has eight searches at once; those that were given up count until they end. */
const MOST_AT_ONCE = 4
/** More of the torrents that are here are in the list itself. */
const MOST_HERE = 5

/** `tell`: after each answer, all of them as they are now. */
export async function searchAll(
  words: string,
  asks: Asks,
  signal: AbortSignal,
  tell: (asked: readonly Asked[]) => void,
): Promise<void> {
  const sources = await asks.sources(signal)
  let asked = sources.map((source): Asked => ({ source, state: 'asking', found: [], why: '' }))
  const note = (n: number, change: Partial<Asked>): void => {
    if (signal.aborted) return
    asked = asked.map((one, at) => (at === n ? { ...one, ...change } : one))
    tell(asked)
  }
  tell(asked)
  let next = 0
  const askOn = async (): Promise<void> => {
    for (let n = next++; n < sources.length && !signal.aborted; n = next++) {
      try {
        note(n, { state: 'done', found: await asks.find(sources[n]?.id ?? '', words, signal) })
      } catch (error) {
        note(n, { state: 'failed', why: sentenceOf(error) })
      }
    }
  }
  await Promise.all(Array.from({ length: MOST_AT_ONCE }, askOn))
}

export type Option =
  | { readonly kind: 'given'; readonly given: Given & { readonly kind: 'link' | 'hash' } }
  | { readonly kind: 'here'; readonly torrent: Torrent }
  | { readonly kind: 'found'; readonly source: SearchSource; readonly row: FoundRow }

export interface OptionGroup {
  readonly key: string
  /** undefined: of the torrents that are here; else of a source. */
  readonly source: SearchSource | undefined
  readonly options: readonly Option[]
}

/** What there is to choose from, in groups, from top to bottom. */
export function optionGroups(given: Given, torrents: readonly Torrent[], asked: readonly Asked[]): OptionGroup[] {
  if (given.kind === 'nothing') return []
  if (given.kind !== 'words') return [{ key: 'given', source: undefined, options: [{ kind: 'given', given }] }]
  const groups: OptionGroup[] = [
    {
      key: 'here',
      source: undefined,
      options: namedSo(torrents, given.words).map((torrent) => ({ kind: 'here', torrent })),
    },
    ...asked.map(({ source, found }) => ({
      key: source.id,
      source,
      options: found
        .filter(({ hash_string: hash, path }) => hash !== null || path !== null)
        .map((row): Option => ({ kind: 'found', source, row })),
    })),
  ]
  return groups.filter(({ options }) => options.length > 0)
}

/** What tells an option from the others, wherever it stands when more has come. */
export function keysOf(options: readonly Option[]): readonly string[] {
  const seen = new Map<string, number>()
  return options.map((option) => {
    const key = keyOf(option)
    const before = seen.get(key) ?? 0
    seen.set(key, before + 1)
    return before === 0 ? key : `${key} ${before}` // a source may tell of one thing twice
  })
}

function keyOf(option: Option): string {
  switch (option.kind) {
    case 'given':
      return 'given'
    case 'here':
      return JSON.stringify(['here', option.torrent.hash_string])
    case 'found':
      return JSON.stringify([option.source.id, option.row.hash_string, option.row.path])
  }
}

/** Those whose names have all the words, in any order and case. */
function namedSo(torrents: readonly Torrent[], words: string): Torrent[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const found: Torrent[] = []
  for (const torrent of torrents) {
    if (found.length === MOST_HERE) break
    const name = torrent.name.toLowerCase()
    if (wanted.every((word) => name.includes(word))) found.push(torrent)
  }
  return found
}
