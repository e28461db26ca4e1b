// Lists in files, for access.ts: a line each, an entry first and then a note for people; what begins with # is all for people.
// Programs edit these files as people do: only the lines that it is about change, all others stay byte for byte.
import { isUtf8 } from 'node:buffer'
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { toLatin1 } from '../core/bytes.ts'
import { AppError } from '../core/errors.ts'
import { parseInfoHash } from '../core/ids.ts'
import { printable } from '../core/printable.ts'
import { failedFile } from '../io/files.ts'

export type ListName = 'allowed' | 'denied' | 'passkeys'
export const LIST_NAMES: readonly ListName[] = ['allowed', 'denied', 'passkeys']

export interface ListEntry {
  /** An info-hash in lower-case hex, or a passkey. */
  readonly entry: string
  readonly note: string
}

const FORMS: Readonly<Record<ListName, string>> = {
  allowed: 'info-hash of 40 hex digits',
  denied: 'info-hash of 40 hex digits',
  passkeys: 'passkey of 8 to 64 letters and digits',
}
const MAX_LIST_BYTES = 256 * 1024 * 1024
/** Somebody else's change takes as long as the file takes to be written. */
const [LOCK_TRIES, LOCK_WAIT_MS] = [100, 50]

/** Changes whenever the file does. Throws AppError. */
export async function stampOf(path: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(path).catch((cause: unknown) => {
    throw failedFile('read', path, cause)
  })
  if (size > MAX_LIST_BYTES) throw tooLong(path)
  return `${size} ${mtimeMs} ${ino}`
}

/** The keys of all entries. Throws AppError: no such file, or a line that is no entry. */
export async function readKeys(list: ListName, path: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>()
  eachLine(list, path, (await readBytes(path)).toString(), (_, key) => {
    if (key !== undefined) keys.add(key)
  })
  return keys
}

/** All entries in the order of the file, with their notes. Throws AppError. */
export async function readEntries(list: ListName, path: string): Promise<readonly ListEntry[]> {
  const entries: ListEntry[] = []
  eachLine(list, path, (await readBytes(path)).toString(), (line, key) => {
    if (key === undefined) return
    const word = wordOf(line)
    const note = line.trim().slice(word.length).trim()
    entries.push({ entry: plainForm(list, word), note })
  })
  return entries
}

/**
 * Adds an entry; if it is there, a note that is given takes the place of its own. Throws AppError, also for what could
 * become another line.
 */
export async function addEntry(
  list: ListName,
  path: string,
  { entry, note }: ListEntry,
  signal: AbortSignal,
): Promise<void> {
  const added = checkedKey(list, entry)
  if (note !== printable(note)) throw new AppError('usage', 'a note is one line of plain text')
  const line = `${plainForm(list, entry)} ${note.trim()}`.trim()
  await changeFile(path, signal, (text) => {
    let isThere = false
    const lines = mapLines(list, path, text, (old, key) => {
      if (key !== added) return old
      const isFirst = !isThere
      isThere = true
      return isFirst && note !== '' ? `${line}${old.endsWith('\r') ? '\r' : ''}` : old
    })
    return isThere ? lines : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
  })
}

/** Removes all lines of an entry, with their notes. False if there are none. Throws AppError. */
export async function removeEntry(list: ListName, path: string, entry: string, signal: AbortSignal): Promise<boolean> {
  const removed = checkedKey(list, entry)
  let isThere = false
  await changeFile(path, signal, (text) =>
    mapLines(list, path, text, (line, key) => {
      if (key !== removed) return line
      isThere = true
      return undefined
    }),
  )
  return isThere
}

/** By which entries are compared; `undefined`: no such list can have it. */
function keyOf(list: ListName, word: string): string | undefined {
  if (list === 'passkeys') return /^[\w-]{8,64}$/.test(word) ? word : undefined
  const hash = parseInfoHash(word)
  return hash && toLatin1(hash)
}

function checkedKey(list: ListName, word: string): string {
  const key = keyOf(list, word)
  if (key === undefined) throw new AppError('usage', `expected a${list === 'passkeys' ? '' : 'n'} ${FORMS[list]}`)
  return key
}

function plainForm(list: ListName, word: string): string {
  return list === 'passkeys' ? word : word.toLowerCase()
}

function mapLines(
  list: ListName,
  path: string,
  text: string,
  change: (line: string, key: string | undefined) => string | undefined,
): string {
  const lines: string[] = []
  eachLine(list, path, text, (line, key) => {
    const changed = change(line, key)
    if (changed !== undefined) lines.push(changed)
  })
  return lines.join('\n')
}

/** Without their line feeds. `key`: `undefined` in lines for people. */
function eachLine(
  list: ListName,
  path: string,
  text: string,
  visit: (line: string, key: string | undefined) => void,
): void {
  for (const [n, line] of text.split('\n').entries()) {
    const word = wordOf(line)
    const key = word === '' ? undefined : keyOf(list, word)
    if (word !== '' && key === undefined) {
      throw new AppError('usage', `line ${n + 1} of "${path}" is no ${FORMS[list]}`)
    }
    visit(line, key)
  }
}

/** Empty in a line for people. */
function wordOf(line: string): string {
  const word = line.trim().split(/\s+/, 1)[0] ?? ''
  return word.startsWith('#') ? '' : word
}

async function readBytes(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw failedFile('read', path, cause)
  })
  if (bytes.length > MAX_LIST_BYTES) throw tooLong(path)
  return bytes
}

/**
 * Readers see the whole file as it was or as it becomes. The file beside it, which takes its place, is also the lock that
 * keeps other threads and other trackers with the same list from changing it meanwhile.
 */
async function changeFile(path: string, signal: AbortSignal, change: (text: string) => string): Promise<void> {
  try {
    const target = await realpath(path) // of a link, what it leads to
    const beside = `${target}.lock`
    await using file = await openAlone(beside, signal)
    let isOurs = true
    try {
      const bytes = await readBytes(target)
      if (!isUtf8(bytes)) throw new AppError('usage', `"${path}" is not in UTF-8, so it can only be edited by hand`)
      const before = bytes.toString()
      const after = change(before)
      if (after === before) return
      if (Buffer.byteLength(after) > MAX_LIST_BYTES) throw tooLong(path)
      const { mode, uid, gid } = await stat(target)
      await file.chown(uid, gid).catch(() => {}) // it stays ours where we may not give it away
      await file.chmod(mode & 0o777)
      await file.writeFile(after)
      await file.sync()
      await rename(beside, target)
      isOurs = false
    } finally {
      if (isOurs) await rm(beside, { force: true })
    }
  } catch (cause) {
    throw failedFile('write', path, cause)
  }
}

async function openAlone(path: string, signal: AbortSignal) {
  for (let tries = 1; ; tries++) {
    try {
      return await open(path, 'wx', 0o600)
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
      if (tries < LOCK_TRIES && !signal.aborted) {
        await setTimeout(LOCK_WAIT_MS, undefined, { signal }).catch(() => {}) // then the next try is the last
        continue
      }
      const sentence = `somebody else is changing the list; if nobody is, a change was broken off: delete "${path}"`
      throw new AppError('busy', sentence, { cause })
    }
  }
}

function tooLong(path: string): AppError {
  return new AppError('usage', `"${path}" is too long for a list`)
}
