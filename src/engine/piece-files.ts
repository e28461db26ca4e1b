// Pieces as files of their own, `000012.piece`: a torrent can be carried on a stick, or mended from one. What comes back
// is verified like what comes from peers.
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Bitfield } from '../core/bitfield.ts'
import { AppError } from '../core/errors.ts'
import type { PieceIndex } from '../core/ids.ts'
import { answer } from '../io/disk/answer.ts'
import { type FileStamp, SEGMENT_BYTES, type Storage, type Stored } from '../io/disk/disk.ts'
import { failedFile, writeWhole } from '../io/files.ts'
import { READ_BYTES, readBytes } from './read-bytes.ts'
import type { ResumeRecord } from './resume.ts'
import type { Torrent } from './torrent.ts'
import { withStorage } from './torrent-data.ts'

const NAME = /^(\d{6,7})\.piece$/

export interface Exported {
  readonly pieces: number
  readonly bytes: number
}

export interface Imported {
  /** New, and good. */
  readonly imported: number
  /** Were here before. */
  readonly here: number
  /** Files that are no piece of this torrent. */
  readonly bad: number
}

/** Writes all pieces that a running torrent has into the folder, which is made; those that are there stay. Throws AppError. */
export async function exportPieces(torrent: Torrent, dir: string): Promise<Exported> {
  const { content, session } = torrent
  if (content === undefined || torrent.isChecking) {
    throw new AppError('usage', `${torrent.name} is not running: start it, then its pieces can be exported`)
  }
  const isOpen = (): boolean => torrent.content === content && torrent.record !== undefined
  await mkdir(dir, { recursive: true }).catch((cause: unknown) => {
    throw failedFile('write', dir, cause)
  })
  const present = new Set(await pieceFiles(dir))
  const written = { pieces: 0, bytes: 0 }
  for (let n = 0; n < content.have.length; n++) {
    const piece = content.geometry.pieceIndex(n)
    if (piece === undefined || !content.have.has(n) || present.has(n)) continue
    const bytes = new Uint8Array(content.geometry.dataBytes(piece))
    for (let at = 0; at < bytes.length; at += READ_BYTES) {
      const length = Math.min(READ_BYTES, bytes.length - at)
      bytes.set(await readBytes(session, content.storage, piece, at, length, isOpen), at)
    }
    await writeWhole(join(dir, fileName(n)), bytes, true)
    written.pieces++
    written.bytes += bytes.length
  }
  return written
}

/** Takes the pieces in the folder that a stopped torrent lacks. Throws AppError; what was taken until then is kept. */
export async function importPieces(torrent: Torrent, dir: string): Promise<Imported> {
  const { metainfo } = torrent
  if (metainfo === undefined) throw new AppError('usage', `the pieces of ${torrent.name} are not known yet`)
  const { geometry } = metainfo.info
  const counts = { imported: 0, here: 0, bad: 0 }
  await withStorage(torrent, metainfo, async (storage, record) => {
    await answer<readonly FileStamp[]>((done) => storage.prepare(done))
    const { have } = record.state
    const before =
      (have === undefined ? undefined : Bitfield.from(have, geometry.pieceCount)) ?? new Bitfield(geometry.pieceCount)
    for (const n of await pieceFiles(dir)) {
      const piece = geometry.pieceIndex(n)
      if (piece === undefined) counts.bad++
      else if (before.has(n)) counts.here++
      else if (await importPiece(torrent, storage, record, piece, join(dir, fileName(n)))) counts.imported++
      else counts.bad++
    }
    await answer<undefined>((done) => storage.sync(done))
  })
  return counts
}

async function importPiece(
  torrent: Torrent,
  storage: Storage,
  record: ResumeRecord,
  piece: PieceIndex,
  path: string,
): Promise<boolean> {
  const length = torrent.metainfo?.info.geometry.dataBytes(piece)
  const bytes = await readPiece(path, length)
  if (bytes === undefined) return false
  for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
    const { result, stamps } = await store(torrent, storage, piece, at, bytes.subarray(at, at + SEGMENT_BYTES))
    if (result === 'bad-hash') return false
    if (result === 'stored') record.pieceStored(piece, stamps)
  }
  return true
}

/** `undefined` if it is no file of this size. */
async function readPiece(path: string, length: number | undefined): Promise<Uint8Array | undefined> {
  try {
    const stats = await stat(path)
    return stats.isFile() && stats.size === length ? await readFile(path) : undefined
  } catch (cause) {
    throw failedFile('read', path, cause)
  }
}

async function store(
  { session }: Torrent,
  storage: Storage,
  piece: PieceIndex,
  at: number,
  bytes: Uint8Array,
): Promise<Stored> {
  let slot = session.disk.reserve(bytes.length, 'receive')
  for (; slot === undefined; slot = session.disk.reserve(bytes.length, 'receive')) {
    await new Promise<void>((resolve) => session.runs.whenFree(resolve))
  }
  const reserved = slot
  try {
    reserved.bytes.set(bytes)
    return await answer<Stored>((done) => storage.store(piece, at, reserved, bytes.length, false, done))
  } finally {
    session.disk.release(reserved)
  }
}

function fileName(n: number): string {
  return `${String(n).padStart(6, '0')}.piece`
}

/** Numbers of the pieces that have files there, in order. */
async function pieceFiles(dir: string): Promise<number[]> {
  try {
    const numbers = (await readdir(dir)).flatMap((name) => NAME.exec(name)?.[1] ?? [])
    return numbers.map(Number).toSorted((a, b) => a - b)
  } catch (cause) {
    throw failedFile('read', dir, cause)
  }
}
