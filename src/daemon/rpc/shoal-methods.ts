// Methods that Transmission has not: what Shoal's own commands and page need besides.
import * as v from 'valibot'
import { parseAddress, printAddress } from '../../core/address.ts'
import { AppError } from '../../core/errors.ts'
import { filesOf } from '../../engine/torrent-details.ts'
import { dropPeer } from '../../engine/torrent-peers.ts'
import { version } from '../../io/version.ts'
import type { Daemon } from '../daemon.ts'
import { aboutSetting, SETTING_NAMES, settingFromText } from '../settings.ts'
import { listedTorrent } from '../torrent-list.ts'
import { type JsonObject, type Method, method } from './method.ts'

const torrentId = v.union([v.number(), v.string()])
const peer = v.object({ id: torrentId, peer: v.string() })

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
    /** Nobody has tried to reach us from outside yet. */
    reachable: null,
    torrents: daemon.list.size,
    peers: daemon.session.peerCount,
    uptimeSec: Math.floor(process.uptime()),
  }
}

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
  shoal_play: method(v.object({ id: torrentId, file: v.optional(v.number()) }), play),
  shoal_config_get: method(v.object({}), ({ settings }) => ({
    settings: SETTING_NAMES.map((name) => ({
      name,
      value: name === 'rpc-password' ? '' : settings[name],
      about: aboutSetting(name),
    })),
  })),
  shoal_config_set: method(v.object({ name: v.string(), value: v.string() }), async (daemon, { name, value }) => {
    await daemon.changeSettings(settingFromText(name, value, 'config'))
    return {}
  }),
}
