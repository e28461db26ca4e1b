// What the operating system says about files, in words for a person. The codes are what programs look at.
import { AppError, type ErrorCode } from '../../core/errors.ts'

/** `doing` completes "cannot ... <path>". An AppError passes through. */
export function diskError(cause: unknown, path: string, doing: 'read' | 'write'): AppError {
  if (cause instanceof AppError) return cause
  const errno = errnoOf(cause)
  const [code, sentence] = describe(errno, path, doing)
  return new AppError(code, sentence, { cause })
}

/** The error's code, `ENOSPC` and the like. */
export function errnoOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
}

/** `undefined` instead of an error with one of these codes. */
export function unless<Result>(codes: readonly string[], action: () => Result): Result | undefined {
  try {
    return action()
  } catch (cause) {
    if (codes.includes(errnoOf(cause))) return undefined
    throw cause
  }
}

function describe(errno: string, path: string, doing: 'read' | 'write'): readonly [ErrorCode, string] {
  switch (errno) {
    case 'ENOSPC':
      return ['disk-full', `no space left on the disk to write "${path}": make room, then start again`]
    case 'EDQUOT':
      return ['disk-full', `your disk quota is used up, cannot write "${path}": make room, then start again`]
    case 'EACCES':
    case 'EPERM':
      return ['disk-permission', `no permission to ${doing} "${path}": change that, or choose another folder`]
    case 'EROFS':
      return ['disk-read-only', `cannot write "${path}", the disk is read-only: choose another folder`]
    case 'ENOENT':
      return ['data-missing', `"${path}" is missing: start again to fetch it again`]
    case 'ELOOP':
      return ['disk-error', `"${path}" is a link, and links are not followed: put the file itself there`]
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EEXIST':
      return ['disk-error', `something else is where "${path}" should be (${errno}): move it away`]
    case 'EFBIG':
      return ['disk-error', `"${path}" is too large for the file system: choose a folder on another disk`]
    default:
      return ['disk-error', `cannot ${doing} "${path}" (${errno})`]
  }
}
