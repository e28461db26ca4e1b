// What `share`, `seed` and `download` have in common: a session with one torrent, until a goal is reached or Ctrl-C.
import { printAddress } from '../core/address.ts'
import { Session } from '../engine/session.ts'
import type { Torrent } from '../engine/torrent.ts'
import type { TorrentStatus } from '../engine/torrent-status.ts'
import { DaemonClient } from './daemon-client.ts'
import type { SwarmOptions } from './options.ts'
import type { StoppedEvent } from './output/events.ts'
import type { SwarmRun, SwarmSummary } from './swarm-run.ts'
import { watchTorrent } from './watch-torrent.ts'

/**
 * Returns when a goal is reached or at Ctrl-C; everything is saved and closed then. Where a daemon runs on the state
 * folder, it gets the torrent instead.
 */
export async function runSwarm(run: SwarmRun): Promise<SwarmSummary> {
  const daemon = new DaemonClient(run.options.stateDir)
  const { handOver, mayHandOver } = await import('./hand-over.ts')
  return mayHandOver(run) && (await daemon.isThere()) ? handOver(daemon, run) : runAlone(run)
}

async function runAlone({ options, reporter, signal, prepare, onInfo }: SwarmRun): Promise<TorrentStatus> {
  const session = await openSession(options)
  let torrent: Torrent
  let reason: StoppedEvent['reason']
  let state: TorrentStatus['state']
  try {
    for (const address of session.addresses) reporter.report({ event: 'listening', address: printAddress(address) })
    const { source, add, onAdded } = await prepare(session.addresses)
    const { maxPeers, peer: peers = [] } = options
    torrent = session.add(source, { ...add, peers, ...(maxPeers !== undefined && { maxPeers }) })
    onAdded?.()
    reason = await watchTorrent(torrent, options, reporter, signal, onInfo)
    state = torrent.status().state
    if (reason === 'interrupted')
      reporter.report({ event: 'note', message: 'Saying goodbye... (Ctrl-C again: at once)' })
  } finally {
    await session.close()
  }

  // As it was before the close, which stops everything.
  const status = { ...torrent.status(), state }
  reporter.report({
    event: 'stopped',
    reason,
    done: status.doneBytes,
    total: status.wantedBytes,
    downloaded: status.downloadedBytes,
    uploaded: status.uploadedBytes,
  })
  return status
}

function openSession(options: SwarmOptions): Promise<Session> {
  const { stateDir, listen, downLimit, upLimit, maxPeers, encryption } = options
  return Session.open({
    ...(stateDir !== undefined && { stateDir }),
    ...(listen !== undefined && { listen }),
    ...(downLimit !== undefined && { downloadBytesPerSec: downLimit }),
    ...(upLimit !== undefined && { uploadBytesPerSec: upLimit }),
    ...(maxPeers !== undefined && { maxPeers }),
    ...(encryption !== undefined && { encryption }),
  })
}
