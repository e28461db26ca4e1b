// Methods that Transmission has not: what Shoal's own commands and page need besides.
import * as v from 'valibot'
import { parseAddress, printAddress } from '../../core/address.ts'
import { toHex, toLatin1 } from '../../core/bytes.ts'
import { AppError } from '../../core/errors.ts'
import { keepableTorrent } from '../../engine/kept-metainfo.ts'
import { exportPieces } from '../../engine/piece-files.ts'
import { pingPeer } from '../../engine/ping-peer.ts'
import { requestPiece } from '../../engine/request-piece.ts'
import { filesOf } from '../../engine/torrent-details.ts'
import { dropPeer } from '../../engine/torrent-peers.ts'
import { version } from '../../io/version.ts'
import type { Daemon } from '../daemon.ts'
import { safeDownloadDir } from '../download-dir.ts'
import type { ListedTorrent } from '../listed-torrent.ts'
import { reachableWhy } from '../reachability.ts'
import { listedTorrent } from '../torrent-list.ts'
import { type JsonObject, type Method, method } from './method.ts'
import { magnetLink } from './torrent-fields.ts'

const torrentId = v.union([v.number(), v.string()])
const peer = v.object({ id: torrentId, peer: v.string() })
const pieceFolder = v.object({ id: torrentId, dir: v.string() })

function peerAddress(text: string): NonNullable<ReturnType<typeof parseAddress>> {
  const address = parseAddress(text)
  if (address === undefined) throw new AppError('usage', `peer: expected ip:port, got ${JSON.stringify(text)}`)
  return address
}

function status(daemon: Daemon): JsonObject {
  return {
    version: version(),
    pid: process.pid,
    stateDir: daemon.stateDir,
    rpc: daemon.rpcUrl ?? null,
    peerPort: daemon.session.port,
    listening: daemon.session.addresses.map(printAddress),
    reachable: daemon.session.wasReached || null,
    reachableWhy: reachableWhy(daemon.session),
    peerId: printPeerId(daemon.session.peerId),
    externalIps: [...daemon.session.externalIps],
    torrents: daemon.list.size,
    peers: daemon.session.peerCount,
    uptimeSec: Math.floor(process.uptime()),
  }
}

/** The letters as letters, the random rest in hex. */
function printPeerId(id: Uint8Array): string {
  return toLatin1(id.subarray(0, 8)) + toHex(id.subarray(8))
}

const PING_TORRENTS = 4

/** Of no torrent in particular: those that are known to be this peer's first, then others, a few in all. */
async function ping(daemon: Daemon, params: { peer: string; id?: number | string | undefined }): Promise<JsonObject> {
  const address = peerAddress(params.peer)
  const shown = printAddress(address)
  const isPeerOf = ({ torrent }: ListedTorrent): boolean =>
    [...torrent.peers].some((one) => printAddress(one.address) === shown)
  const torrents =
    params.id === undefined
      ? [...daemon.list].toSorted((a, b) => Number(isPeerOf(b)) - Number(isPeerOf(a))).slice(0, PING_TORRENTS)
      : [listedTorrent(daemon.list, params.id)]
  let failure = new AppError('usage', 'a peer answers for a torrent that it has: add one first')
  for (const { torrent } of torrents) {
    try {
      return { ...(await pingPeer(torrent, address)), torrent: torrent.name }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      failure = error
      if (error.code !== 'not-found') break // it would say the same of every torrent
    }
  }
  throw failure
}

const REQUEST_MS = 60_000

/** Without a number, the largest file: the film and not its subtitles. */
function play(daemon: Daemon, { id, file }: { id: number | string; file?: number | undefined }): JsonObject {
  const { torrent } = listedTorrent(daemon.list, id)
  const files = filesOf(torrent)
  const largest = files.reduce((best, { length }, n) => (length > (files[best]?.length ?? -1) ? n : best), 0)
  const number = file ?? largest
  const chosen = files[number]
  if (chosen === undefined) {
    const why = files.length === 0 ? 'are not known yet' : `end at ${files.length - 1}`
    throw new AppError('not-found', `${torrent.name} has no file ${number}: its files ${why}`)
  }
  if (daemon.rpcUrl === undefined) throw new AppError('not-found', 'this daemon is not served over HTTP')
  const name = encodeURIComponent(chosen.path.split('/').at(-1) ?? 'file')
  const ticket = daemon.tickets.issue({ hash: torrent.key, file: number })
  return { url: new URL(`/stream/${ticket}/${name}`, daemon.rpcUrl).href, path: chosen.path }
}

export const SHOAL_METHODS: Readonly<Record<string, Method>> = {
  shoal_status: method(v.object({}), status),
  shoal_connect: method(peer, ({ list }, params) => {
    listedTorrent(list, params.id).torrent.addPeers([peerAddress(params.peer)])
    return {}
  }),
  shoal_disconnect: method(peer, ({ list }, params) => {
    const { torrent } = listedTorrent(list, params.id)
    const wanted = printAddress(peerAddress(params.peer))
    const found = [...torrent.peers].find(({ address }) => printAddress(address) === wanted)
    if (found === undefined) throw new AppError('not-found', `${wanted} is no peer of ${torrent.name}`)
    dropPeer(torrent, found)
    return {}
  }),
  shoal_ping: method(v.object({ peer: v.string(), id: v.optional(torrentId) }), ping),
  shoal_request: method(
    v.object({ id: torrentId, piece: v.pipe(v.number(), v.integer()), peer: v.optional(v.string()) }),
    async ({ list }, { id, piece, peer: from }) => {
      const address = from === undefined ? undefined : peerAddress(from)
      return {
        ...(await requestPiece(listedTorrent(list, id).torrent, piece, address, AbortSignal.timeout(REQUEST_MS))),
      }
    },
  ),
  shoal_pieces_export: method(pieceFolder, async (daemon, { id, dir }) => {
    const { torrent } = listedTorrent(daemon.list, id)
    return { ...(await exportPieces(torrent, safeDownloadDir(daemon.settings, dir))) }
  }),
  shoal_pieces_import: method(pieceFolder, async (daemon, { id, dir }) => {
    return {
      ...(await daemon.list.importPieces(listedTorrent(daemon.list, id), safeDownloadDir(daemon.settings, dir))),
    }
  }),
  shoal_metainfo: method(v.object({ id: torrentId }), ({ list }, { id }) => {
    const { torrent } = listedTorrent(list, id)
    const bytes = torrent.metainfo === undefined ? undefined : keepableTorrent(torrent)
    return { metainfo: bytes === undefined ? null : Buffer.from(bytes).toString('base64'), magnet: magnetLink(torrent) }
  }),
  shoal_play: method(v.object({ id: torrentId, file: v.optional(v.number()) }), play),
  shoal_log: method(v.object({ since: v.optional(v.number(), 0) }), ({ journal }, { since }) => ({
    log: journal.since(since).map((row) => ({ ...row })),
  })),
}
