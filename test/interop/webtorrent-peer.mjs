// One WebTorrent client, for webtorrent.test.ts. Everything but the tracker is off, so that peers meet there or nowhere.
//   node webtorrent-peer.mjs FOLDER_OF_MODULES TRACKER_URL seed FILE       prints `magnet LINK`, then serves
//   node webtorrent-peer.mjs FOLDER_OF_MODULES TRACKER_URL get FOLDER LINK  prints `done TYPE`: what the peer was
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

const [modules, tracker, role, place, link] = process.argv.slice(2)
const { default: WebTorrent } = await import(pathToFileURL(join(modules, 'webtorrent/index.js')).href)

const client = new WebTorrent({
  dht: false,
  lsd: false,
  utPex: false,
  natUpnp: false,
  natPmp: false,
  utp: false,
  webSeeds: false,
  tracker: { announce: [tracker], rtcConfig: { iceServers: [] } },
})
client.on('error', (error) => {
  console.error(error)
  process.exit(1)
})
const options = { announce: [tracker] }
const watch = (torrent) => torrent.on('warning', (warning) => console.log('warning', String(warning)))

if (role === 'seed') {
  watch(client.seed(place, options, (torrent) => console.log('magnet', torrent.magnetURI)))
} else {
  const torrent = client.add(link, { ...options, path: place })
  watch(torrent)
  torrent.on('wire', (wire) => console.log('peer', wire.type))
  torrent.on('done', () => console.log('done'))
}
