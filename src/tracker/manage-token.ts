// Who may manage the tracker: whoever shows the token, which is the first line of a file that only its owner can read.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { open } from 'node:fs/promises'
import { AppError } from '../core/errors.ts'
import { failedFile, writeWhole } from '../io/files.ts'

export interface ManageToken {
  readonly token: string
  /** The file was made just now. */
  readonly isNew: boolean
}

const TOKEN_BYTES = 24
const MAX_FILE_BYTES = 4096
const FORM = /^[\x21-\x7e]{16,1000}$/

/** Throws AppError `usage`. */
export function checkManageToken(token: string): void {
  if (FORM.test(token)) return
  throw new AppError('usage', 'a token to manage the tracker has 16 to 1000 letters, digits and signs, without spaces')
}

/** Makes the file if it is missing. Throws AppError: it cannot be read, others can read it, or it has no such token. */
export async function openManageToken(path: string): Promise<ManageToken> {
  try {
    const token = await readToken(path)
    checkManageToken(token)
    return { token, isNew: false }
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not-found')) throw error
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  await writeWhole(path, Buffer.from(`${token}\n`), false, 0o600)
  return { token, isNew: true }
}

async function readToken(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r')
    const { mode } = await file.stat()
    // Windows has no such bits: there all files look as if everybody could read them.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new AppError('usage', `others than its owner can use "${path}": chmod 600 it, and better change the token`)
    }
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_BYTES), 0, MAX_FILE_BYTES, 0)
    return (buffer.toString('utf8', 0, bytesRead).split('\n', 1)[0] ?? '').trim()
  } catch (cause) {
    throw failedFile('read', path, cause)
  }
}

export type Verdict = 'right' | 'missing' | 'wrong' | 'too-often'

const MINUTE_MS = 60_000
const MAX_WRONG = 10
const MAX_ADDRESSES = 10_000

/** Looks at the tokens that are shown. After ten wrong ones within a minute an address is not listened to until it is over. */
export class TokenGate {
  readonly #digest: Buffer
  /** Wrong ones of each address, since the first of them. At most MAX_ADDRESSES: nobody new is counted when it is full. */
  readonly #wrong = new Map<string, { readonly sinceMs: number; count: number }>()
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(token: string) {
    this.#digest = digestOf(token)
  }

  /** `authorization`: the header. `ip`: 4 or 16 bytes; the first half of an IPv6 address stands for its network. */
  judge(authorization: string | undefined, ip: Uint8Array, nowMs: number): Verdict {
    const [, shown] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
    if (shown === undefined) return 'missing'
    this.#sweep(nowMs)
    const key = (ip.length === 4 ? ip : ip.subarray(0, 8)).join('.')
    const before = this.#wrong.get(key)
    const known = before !== undefined && nowMs - before.sinceMs < MINUTE_MS ? before : undefined
    // Before it is compared: else guessing would go on, and only be told in another way.
    if (known !== undefined && known.count >= MAX_WRONG) return 'too-often'
    // Digests: in a time that does not tell how much of it is right, nor how long the token is.
    if (timingSafeEqual(digestOf(shown), this.#digest)) return 'right'
    if (known !== undefined) known.count++
    else if (before !== undefined || this.#wrong.size < MAX_ADDRESSES)
      this.#wrong.set(key, { sinceMs: nowMs, count: 1 })
    return 'wrong'
  }

  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptAt < MINUTE_MS) return
    this.#sweptAt = nowMs
    for (const [key, { sinceMs }] of this.#wrong) if (nowMs - sinceMs >= MINUTE_MS) this.#wrong.delete(key)
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
