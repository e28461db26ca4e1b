// What Shoals say to each other about a send that is a swarm (docs/protocols/direct.md).
import * as v from 'valibot'
import { parseAddress, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { parseTorrent } from '../core/metainfo/parse.ts'
import { nodeHasher } from '../io/hasher.ts'
import { MAX_TORRENT_BYTES } from '../core/metainfo/limits.ts'
import type { Member } from './members.ts'
import { DEVICE, type PrepareUpload } from './protocol.ts'

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/))
const bytes = v.pipe(v.number(), v.integer(), v.minValue(0))
const MAX_TORRENTS = 100
const MAX_MEMBERS = 1_000

/** `POST /api/shoal/v1/offer`: torrents to be had of the one who offers. */
export const OFFER = v.object({
  info: DEVICE,
  /** Each a .torrent in base64. */
  torrents: v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(Math.ceil((MAX_TORRENT_BYTES * 4) / 3) + 4))),
    v.minLength(1),
    v.maxLength(MAX_TORRENTS),
  ),
})

/** `POST /api/shoal/v1/swarm`, every few seconds: how far the receiver is. */
export const SWARM = v.object({
  infoHash: hash,
  doneBytes: bytes,
  isDone: v.boolean(),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
})

/** The answer to it: who else has accepted. */
export const SWARM_ANSWER = v.object({
  members: v.pipe(
    v.array(v.object({ fingerprint: v.pipe(v.string(), v.regex(/^[0-9A-F]{64}$/)), address: v.string() })),
    v.maxLength(MAX_MEMBERS),
  ),
})

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4_096))

/** `POST /api/shoal/v1/torrent`: of a part of the shared folder. */
export const TORRENT = v.object({ path, port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)) })
export const TORRENT_ANSWER = v.object({ metainfo: v.string() })

/** The answer to `GET /api/shoal/v1/files`. */
export const FILES_ANSWER = v.object({
  files: v.pipe(v.array(v.object({ path, size: bytes })), v.maxLength(10_000)),
})

/** The files of torrents, as a user is asked about them. `undefined`: some torrent is none. */
export function offeredFiles(metainfos: readonly Uint8Array[]): PrepareUpload['files'] | undefined {
  const files: PrepareUpload['files'] = {}
  try {
    for (const [n, bytes] of metainfos.entries()) {
      const { info } = parseTorrent(bytes, nodeHasher, process.platform)
      for (const [file, { path, length, isPad }] of info.files.entries()) {
        const id = `${n}/${file}`
        if (!isPad) files[id] = { id, fileName: path.join('/'), size: length, fileType: '' }
      }
    }
    return files
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
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
