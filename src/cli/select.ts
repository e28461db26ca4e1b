// `--select`: which files of a torrent are wanted. Pure.
import { AppError } from '../core/errors.ts'
import { compileGlob } from '../core/glob.ts'

export interface Selection {
  /** Is the file wanted? Its path is that of `shoal info`, with `/`. */
  readonly wants: (path: string) => boolean
  /** Throws AppError 'not-found' for a pattern that matches nothing: most likely it was mistyped. `listing` is where they are listed. */
  readonly check: (what: string, paths: readonly string[], listing: string) => void
}

/** Patterns over paths as `shoal info` lists them; the torrent's own folder in front may be left out. */
export function selectionOf(patterns: readonly string[]): Selection {
  const globs = patterns.map((pattern) => ({ pattern, matches: matcher(pattern) }))
  return {
    wants: (path) => globs.some(({ matches }) => matches(path)),
    check(what, paths, listing) {
      const unmatched = globs.find(({ matches }) => !paths.some(matches))
      if (unmatched === undefined) return
      throw new AppError('not-found', `no file of ${what} matches "${unmatched.pattern}"; ${listing} lists them`)
    },
  }
}

function matcher(pattern: string): (path: string) => boolean {
  const matches = compileGlob(pattern)
  return (path) => matches(path) || matches(path.slice(path.indexOf('/') + 1))
}
