// By which trackers know who listed a torrent: a key of this user, made on first use, and from it another for each torrent,
// so that no tracker can tell that two torrents have one owner. Each tracker gets another one: with its own it could speak to the
// others in our name.
import { createHmac, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { InfoHash } from '../core/ids.ts'
import { failedFile, writeWhole } from '../io/files.ts'
import { defaultStateDir, makeStateDir } from '../io/state-dir.ts'

const KEY_BYTES = 32

/** 64 hex digits, the same at every time; of the URL only the origin counts. Throws AppError if the state folder cannot be used. */
export async function ownerKeyFor(hash: InfoHash, trackerUrl: string, stateDir: string | undefined): Promise<string> {
  return createHmac('sha256', await readOrMakeKey(stateDir ?? defaultStateDir()))
    .update(hash)
    .update(new URL(trackerUrl).origin)
    .digest('hex')
}

async function readOrMakeKey(stateDir: string): Promise<Uint8Array> {
  makeStateDir(stateDir)
  const file = join(stateDir, 'catalogue-key')
  try {
    await writeWhole(file, randomBytes(KEY_BYTES), false, 0o600)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'exists')) throw error
  }
  const key = await readKey(file)
  if (key.length === KEY_BYTES) return key
  const way = 'restore it from a copy, or delete it and be a stranger to what you listed'
  throw new AppError('usage', `${file} is damaged: ${way}`)
}

async function readKey(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw failedFile('read', file, cause)
  }
}
