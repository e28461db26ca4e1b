// The secret that programs show to be let in: made once, kept beside the state for its owner's eyes only.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { failedFile } from '../io/files.ts'

const TOKEN_BYTES = 24

/** The text of the file `token`, which is made if it is missing. */
export function readOrMakeToken(stateDir: string): string {
  const file = join(stateDir, 'token')
  try {
    const made = openSync(file, 'wx', 0o600)
    writeSync(made, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`)
    closeSync(made)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw failedFile('write', file, cause)
  }
  let token: string
  try {
    token = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw failedFile('read', file, cause)
  }
  if (token === '') throw new AppError('usage', `${file} is empty: delete it, and a new one is made`)
  return token
}

/** In a time that does not tell how much of it is right. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
