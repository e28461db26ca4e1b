// What is free on the disk that a folder is on, or will be.
import { ApiError, call } from '../state/api.ts'

/** So far up is looked for a folder that is there. */
const MAX_UP = 32

/** `undefined`: it cannot be told. */
export async function freeSpace(dir: string, signal: AbortSignal): Promise<number | undefined> {
  let path = dir
  for (let up = 0; up < MAX_UP; up++) {
    try {
      return (await call<{ size_bytes: number }>('free_space', { path }, signal)).size_bytes
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'not-found') return undefined
      const parent = parentOf(path)
      if (parent === path) return undefined
      path = parent
    }
  }
  return undefined
}

/** Of Unix and of Windows. */
export function parentOf(path: string): string {
  const bare = path.replace(/[/\\]+$/, '')
  const cut = Math.max(bare.lastIndexOf('/'), bare.lastIndexOf('\\'))
  if (cut < 0) return path
  return bare.slice(0, cut) || path.slice(0, 1)
}
