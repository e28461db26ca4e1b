// The swarms of a memory store in a file, so that a restart loses nobody: peers come only every fifteen minutes.
//
//   head      "SHOALTR1" | seconds since 1970, 8
//   torrent   info-hash 20 | completed 4 | number of peers 4
//   peer      bytes of the address (6 or 18) 1 | address | seconds since it was heard 4 | flags 1
//   end       "SHOALEND"
//
// All numbers are big-endian. The file is whole or absent: it is written beside, and renamed.
import { constants } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { concatBytes, equalBytes, fromLatin1, readU32, readU8, writeU32 } from '../core/bytes.ts'
import { AppError } from '../core/errors.ts'
import type { KeptPeer, KeptTorrent } from '../core/tracker/packed-swarms.ts'
import { failedFile } from '../io/files.ts'
import type { MemoryStore } from './memory-store.ts'
import { wallSec } from './tracker-clock.ts'

const HEAD = fromLatin1('SHOALTR1')
const END = fromLatin1('SHOALEND')
const [IS_SEED, HAS_COMPLETED] = [1, 2]
const TORRENT_BYTES = 28
const WRITE_BYTES = 1024 * 1024
/** Peers that are read without a pause. */
const READ_STEP = 20_000

/** Throws AppError; then the file before it stays. */
export async function writeSnapshot(
  store: MemoryStore,
  path: string,
  nowSec: number,
  atSec = wallSec(),
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const { O_WRONLY, O_CREAT, O_TRUNC } = constants
    await using file = await open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    await writeAll(file, store, nowSec, atSec)
    await file.sync()
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {}) // the failure itself is what counts
    throw failedFile('write', path, cause)
  }
}

async function writeAll(file: FileHandle, store: MemoryStore, nowSec: number, atSec: number): Promise<void> {
  const when = new Uint8Array(8)
  writeU32(when, 0, Math.floor(atSec / 2 ** 32))
  writeU32(when, 4, atSec % 2 ** 32)
  let parts: Uint8Array[] = [HEAD, when]
  let bytes = 0
  for await (const torrent of store.torrents()) {
    const part = writeTorrent(torrent, nowSec)
    bytes += part.length
    parts.push(part)
    if (bytes < WRITE_BYTES) continue
    await file.writeFile(concatBytes(parts))
    parts = []
    bytes = 0
  }
  await file.writeFile(concatBytes([...parts, END]))
}

function writeTorrent({ infoHash, completed, peers }: KeptTorrent, nowSec: number): Uint8Array {
  const size = peers.reduce((sum, { address }) => sum + 1 + address.length + 5, TORRENT_BYTES)
  const bytes = new Uint8Array(size)
  bytes.set(infoHash)
  writeU32(bytes, 20, completed)
  writeU32(bytes, 24, peers.length)
  let at = TORRENT_BYTES
  for (const { address, isSeed, hasCompleted, heardAtSec } of peers) {
    bytes[at] = address.length
    bytes.set(address, at + 1)
    at += 1 + address.length
    writeU32(bytes, at, Math.max(0, nowSec - heardAtSec))
    bytes[at + 4] = (isSeed ? IS_SEED : 0) | (hasCompleted ? HAS_COMPLETED : 0)
    at += 5
  }
  return bytes
}

/** Without the file nothing happens. Throws AppError for one that is no snapshot. */
export async function readSnapshot(store: MemoryStore, path: string, nowSec: number, atSec = wallSec()): Promise<void> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw failedFile('read', path, cause)
  })
  if (bytes === undefined) return
  const damaged = new AppError(
    'bad-answer',
    `"${path}" holds no swarms that can be read: move it away, and start again`,
  )
  if (bytes.length < 24 || !equalBytes(bytes.subarray(0, 8), HEAD)) throw damaged
  const end = bytes.length - END.length
  if (!equalBytes(bytes.subarray(end), END)) throw damaged
  const savedSec = readU32(bytes, 8) * 2 ** 32 + readU32(bytes, 12)
  const awaySec = Math.max(0, atSec - savedSec)
  let walked = 0
  for (let at = 16; at < end; ) {
    const read = readTorrent(bytes, at, end, nowSec - awaySec)
    if (read === undefined) throw damaged
    store.restore(read.torrent)
    at = read.at
    walked += 1 + read.torrent.peers.length
    if (walked < READ_STEP) continue
    walked = 0
    await setImmediate()
  }
}

function readTorrent(
  bytes: Uint8Array,
  start: number,
  end: number,
  savedAtSec: number,
): { readonly torrent: KeptTorrent; readonly at: number } | undefined {
  if (start + TORRENT_BYTES > end) return undefined
  const count = readU32(bytes, start + 24)
  const peers: KeptPeer[] = []
  let at = start + TORRENT_BYTES
  for (let n = 0; n < count; n++) {
    const length = at < end ? readU8(bytes, at) : 0
    if ((length !== 6 && length !== 18) || at + 1 + length + 5 > end) return undefined
    const extra = at + 1 + length
    const flags = readU8(bytes, extra + 4)
    const heardAtSec = savedAtSec - readU32(bytes, extra)
    const peer = { isSeed: (flags & IS_SEED) !== 0, hasCompleted: (flags & HAS_COMPLETED) !== 0, heardAtSec }
    // Of long ago: it would be forgotten at once.
    if (heardAtSec >= 0) peers.push({ address: bytes.slice(at + 1, extra), ...peer })
    at = extra + 5
  }
  const torrent = { infoHash: bytes.slice(start, start + 20), completed: readU32(bytes, start + 20), peers }
  return { torrent, at }
}
