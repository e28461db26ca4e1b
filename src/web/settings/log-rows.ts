// Which lines of the log are shown, and what they are as text.
import type { LogRow } from '../../daemon/rpc/page-types.ts'

export const LEVELS = ['all', 'warning', 'error'] as const
export const ABOUTS = ['all', 'torrent', 'people', 'session', 'page'] as const satisfies readonly (
  | 'all'
  | LogRow['about']
)[]

export interface LogFilter {
  /** And what is worse. */
  readonly level: (typeof LEVELS)[number]
  readonly about: (typeof ABOUTS)[number]
  /** All of them, in any order. */
  readonly words: string
}

export const ALL: LogFilter = { level: 'all', about: 'all', words: '' }

/** How bad a line is. */
const WEIGHT: Readonly<Record<LogRow['level'], number>> = { info: 0, warning: 1, error: 2 }
const LEAST: Readonly<Record<LogFilter['level'], number>> = { all: 0, warning: 1, error: 2 }

/** The newest first. */
export function shownRows(rows: readonly LogRow[], { level, about, words }: LogFilter): readonly LogRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const isShown = (row: LogRow): boolean => {
    if (WEIGHT[row.level] < LEAST[level] || (about !== 'all' && row.about !== about)) return false
    const text = row.text.toLowerCase()
    return wanted.every((word) => text.includes(word))
  }
  return rows.filter(isShown).toReversed()
}

/** How many came on top of the line that was the first: who reads further down stays where he is. */
export function newAbove(rows: readonly LogRow[], firstId: number | undefined): number {
  const at = rows.findIndex(({ id }) => id === firstId)
  return Math.max(0, at)
}

/** Sentences begin with a capital letter; names in quotation marks stay as they are. */
export function sentence({ text }: Pick<LogRow, 'text'>): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** One a line, the oldest first as in a file. */
export function logText(rows: readonly LogRow[]): string {
  return rows
    .toReversed()
    .map(({ at, level, text }) => `${new Date(at * 1000).toISOString()} ${level} ${text}`)
    .join('\n')
}
