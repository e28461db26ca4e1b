// One file that somebody sends: it lies under a name that nobody looks at until all of it is here and right.
import { createHash, randomBytes } from 'node:crypto'
import { link, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { safePath } from '../core/metainfo/safe-path.ts'
import { Folders } from '../io/disk/folders.ts'
import { numberedName } from '../io/disk/file-places.ts'
import { failedFile } from '../io/files.ts'

export interface ExpectedFile {
  /** As the sender calls it, perhaps with folders. */
  readonly name: string
  readonly size: number
  /** Hex. */
  readonly sha256: string | undefined
}

/** What the sender calls a file, as a path below the folder for what is received: never out of it. */
export function receivedPath(name: string): string[] {
  const elements = name.split(/[/\\]/).filter((element) => element !== '')
  return safePath(
    elements.map((element) => new TextEncoder().encode(element)),
    process.platform,
  )
}

/**
 * Writes it below `dir`, as `name (1).ext` where the name is taken. Returns its path below `dir`. Throws AppError, and
 * leaves nothing: 'bad-answer' for more, fewer or other bytes than were told, or of the disk.
 */
export async function receiveFile(
  dir: string,
  expected: ExpectedFile,
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): Promise<string> {
  const path = receivedPath(expected.name)
  const folders = new Folders(dir)
  folders.make([''])
  const folder = folders.make(path)
  const temporary = join(folder, `.${randomBytes(12).toString('hex')}.part`)
  try {
    await write(temporary, expected, bytes, onBytes)
    return [...path.slice(0, -1), await giveName(temporary, folder, path.at(-1) ?? '_')].join('/')
  } catch (cause) {
    throw failedFile('write', join(folder, path.at(-1) ?? ''), cause)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function write(
  path: string,
  { name, size, sha256 }: ExpectedFile,
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): Promise<void> {
  const hash = createHash('sha256')
  await using file = await open(path, 'wx')
  let length = 0
  for await (const chunk of bytes) {
    length += chunk.length
    if (length > size) throw new AppError('bad-answer', `"${name}" is longer than the ${size} bytes that were told`)
    hash.update(chunk)
    await file.write(chunk)
    onBytes(chunk.length)
  }
  if (length < size) throw new AppError('bad-answer', `"${name}" ended after ${length} of ${size} bytes`)
  if (sha256 !== undefined && hash.digest('hex') !== sha256.toLowerCase()) {
    throw new AppError('bad-answer', `"${name}" is not what was told: its SHA-256 is another`)
  }
  await file.datasync()
}

/** Never over what is there. */
async function giveName(temporary: string, folder: string, wanted: string): Promise<string> {
  for (let n = 0; ; n++) {
    const name = n === 0 ? wanted : numberedName(wanted, n)
    try {
      await link(temporary, join(folder, name))
      return name
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    }
  }
}
