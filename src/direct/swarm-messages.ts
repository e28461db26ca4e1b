// What Shoals say to each other about a send that is a swarm (docs/protocols/direct.md).
import * as v from 'valibot'
import { parseAddress, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import type { InfoHash } from '../core/ids.ts'
import { parseTorrent } from '../core/metainfo/parse.ts'
import { nodeHasher } from '../io/hasher.ts'
import { MAX_TORRENT_BYTES } from '../core/metainfo/limits.ts'
import type { Member } from './members.ts'
import { DEVICE, MAX_FILES, type PrepareUpload } from './protocol.ts'
import { receivedPath } from './received-file.ts'
import type { PlannedFile } from './send-plan.ts'

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const bytes = v.pipe(v.number(), v.integer(), v.minValue(0))
const MAX_MEMBERS = 1_000

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4_096))

/** `POST /api/shoal/v1/offer`: what is to be had of the one who offers, and its first part. */
export const OFFER = v.object({
  info: DEVICE,
  /** The sender's name for the send. */
  id: v.pipe(v.string(), v.regex(/^[\w-]{8,64}$/)),
  /** All of it. Absent: another part of what was offered before. */
  files: v.optional(v.pipe(v.array(v.object({ path, size: bytes })), v.minLength(1), v.maxLength(MAX_FILES))),
  /** A .torrent in base64. */
  torrent: v.pipe(v.string(), v.maxLength(Math.ceil((MAX_TORRENT_BYTES * 4) / 3) + 4)),
})

/** The answer to the first: how much is wanted. */
export const OFFER_ANSWER = v.object({ files: bytes, bytes })

/** `POST /api/shoal/v1/swarm`, every few seconds: how far the receiver is. */
export const SWARM = v.object({
  infoHash: hash,
  doneBytes: bytes,
  isDone: v.boolean(),
  /** It has changed its mind. */
  isUnwanted: v.optional(v.boolean(), false),
  port,
})

export type Progress = v.InferOutput<typeof SWARM>

/** The answer to it: who else has accepted. */
export const SWARM_ANSWER = v.object({
  members: v.pipe(
    v.array(v.object({ fingerprint: v.pipe(v.string(), v.regex(/^[0-9A-F]{64}$/)), address: v.string() })),
    v.maxLength(MAX_MEMBERS),
  ),
})

/** `POST /api/shoal/v1/torrent`: of a part of the shared folder. */
export const TORRENT = v.object({ path, port })
export const TORRENT_ANSWER = v.object({ metainfo: v.string() })

/** The answer to `GET /api/shoal/v1/torrent/<info-hash>`: where it is seeded, on the caller's way to us. */
export const KNOWN_TORRENT = v.object({ metainfo: v.string(), port })

/** The answer to `GET /api/shoal/v1/files`. */
export const FILES_ANSWER = v.object({
  files: v.pipe(v.array(v.object({ path, size: bytes })), v.maxLength(10_000)),
})

/** The files of a send, as a user is asked about them, with the names that they may have here. */
export function offeredFiles(files: readonly PlannedFile[]): PrepareUpload['files'] {
  const offered = files.map(({ path, size }, n) => {
    const id = String(n)
    return [id, { id, fileName: receivedPath(path).join('/'), size, fileType: '' }] as const
  })
  return Object.fromEntries(offered)
}

/** A part of a send: its hash, and its files by the names that they have here. Throws AppError 'bad-metainfo'. */
export function readPart(metainfo: Uint8Array): { readonly infoHash: InfoHash; readonly files: PlannedFile[] } {
  const { info } = parseTorrent(metainfo, nodeHasher, process.platform)
  if (info.infoHashV1 === undefined) throw new AppError('bad-metainfo', 'a part of a send is a torrent of version 1')
  const files = info.files.filter(({ isPad }) => !isPad)
  return {
    infoHash: info.infoHashV1,
    files: files.map(({ path, length }) => ({ path: path.join('/'), size: length })),
  }
}

export function writeMembers(members: readonly Member[]): v.InferOutput<typeof SWARM_ANSWER> {
  return { members: members.map(({ fingerprint, address }) => ({ fingerprint, address: printAddress(address) })) }
}

export function readMembers({ members }: v.InferOutput<typeof SWARM_ANSWER>): Member[] {
  return members.flatMap(({ fingerprint, address: text }) => {
    const address = parseAddress(text)
    return address === undefined ? [] : [{ fingerprint, address }]
  })
}
