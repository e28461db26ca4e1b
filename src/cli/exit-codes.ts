// What the program's exit code says. Scripts rely on it: a code never changes its meaning.
import { AppError, type ErrorCode } from '../core/errors.ts'

export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9

export const EXIT_CODES: Readonly<Record<ErrorCode, ExitCode>> = {
  exists: 1,
  usage: 2,
  'bad-address': 2,
  'bad-metainfo': 3,
  'bad-magnet': 3,
  'disk-full': 4,
  'disk-permission': 4,
  'disk-read-only': 4,
  'disk-error': 4,
  network: 5,
  timeout: 5,
  tracker: 5,
  'bad-answer': 5,
  'not-found': 6,
  'data-missing': 6,
  busy: 7,
  'port-in-use': 7,
  incomplete: 8,
  interrupted: 8,
  internal: 9,
}

/** Shown by `--help`. */
export const EXIT_CODE_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'all went well',
  1: 'something is in the way: the file to write exists already',
  2: 'the command line is wrong',
  3: 'the torrent file or magnet link is damaged',
  4: 'the disk is full, read-only, not permitted or broken',
  5: 'the network, a tracker or a web server failed',
  6: 'a file or folder was not found',
  7: 'in use already: the port, or the torrent by another Shoal',
  8: 'not complete: interrupted before the end, or bad data found',
  9: 'a mistake in Shoal itself',
}

/** What is not an AppError is our own mistake. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof AppError ? EXIT_CODES[error.code] : EXIT_CODES.internal
}
