// One tracker of bench/tracker.ts, in a process of its own: ours, or that of npm's bittorrent-tracker. Says its port when it
// listens, and ends with its parent. No TypeScript: what reads that would be weighed, too.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , name, port] = process.argv
/** All peers of the load come from one address. */
const NO_BOUND = { maxEntriesPerAddress: 2 ** 31, maxPortsPerAddress: 255 }

/** As it is installed: bench/tracker.ts has built it. */
function importBuilt(path) {
  return import(pathToFileURL(join(import.meta.dirname, '../dist', path)).href)
}

/** As `shoal tracker` does. */
async function startOurs() {
  await importBuilt('cli/small-nursery.js')
  const { TrackerServer } = await importBuilt('tracker/tracker-server.js')
  const { collectGarbage } = await importBuilt('io/collect-garbage.js')
  await TrackerServer.listen({
    port: Number(port),
    host: '127.0.0.1',
    storeLimits: NO_BOUND,
    messageLimits: { burst: 2 ** 31, perSec: 2 ** 31 },
    isPortable: name === 'portable',
  })
  collectGarbage()
}

async function startNpm() {
  const path = join(import.meta.dirname, '../tools/webtorrent/node_modules/bittorrent-tracker/index.js')
  const { Server } = await import(pathToFileURL(path).href)
  const server = new Server({ udp: true, http: true, ws: true, stats: false })
  server.on('error', () => {})
  server.on('warning', () => {})
  const hosts = { http: '127.0.0.1', udp: '127.0.0.1', udp6: '::1' }
  await new Promise((resolve) => server.listen(Number(port), hosts, resolve))
}

process.on('disconnect', () => process.exit())
await (name === 'npm' ? startNpm() : startOurs())
process.send?.('ready')
