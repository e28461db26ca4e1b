// Methods that Transmission has not: what Shoal's own commands and page need besides.
import * as v from 'valibot'
import { parseAddress, printAddress } from '../../core/address.ts'
import { AppError } from '../../core/errors.ts'
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
