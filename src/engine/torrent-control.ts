// What users change about a torrent while it runs.
import { AppError } from '../core/errors.ts'
import type { RateGate } from './rate-gate.ts'
import type { Torrent } from './torrent.ts'
import { connectMore } from './torrent-connect.ts'
import { checkDone, finishFile } from './torrent-finish.ts'
import { updateInterest } from './torrent-interest.ts'
import { fillRequestWindow } from './torrent-requests.ts'
import { countSeeding } from './torrent-totals.ts'

/** By file number: 0 unwanted, 1 low .. 4 normal .. 7 high. A torrent that was added as a seed keeps all it has. */
export function setPriorities(torrent: Torrent, priorities: readonly number[]): void {
  torrent.priorities = [...priorities]
  const { content } = torrent
  if (content === undefined || torrent.options.mode === 'seed') return
  const before = [...content.wanted]
  content.setPriorities(priorities)
  if (torrent.state === 'stopped' || torrent.state === 'failed') return
  content.storage.setWanted(content.wanted, (result) => {
    if (result instanceof AppError) torrent.fail(result)
  })
  if (torrent.isChecking) return // which ends with the same as follows
  for (const file of content.completeFiles()) if (before[file] === false) finishFile(torrent, content, file)
  if (torrent.isDone) checkDone(torrent)
  else resumeDownload(torrent)
}

/** Lowest piece first, for what is played. */
export function setSequential(torrent: Torrent, isSequential: boolean): void {
  torrent.isSequential = isSequential
  torrent.content?.setSequential(isSequential)
}

/** In bytes per second; `undefined` is no limit. */
export function setLimits(torrent: Torrent, download: number | undefined, upload: number | undefined): void {
  torrent.downloadGates[0]?.limit(download)
  torrent.uploadGates[0]?.limit(upload)
}

/** Limits that several torrents share. */
export interface GroupGates {
  readonly download: RateGate
  readonly upload: RateGate
  /** Those of the session hold as well. */
  readonly honorsSession: boolean
}

/** Which limits hold besides its own. */
export function setGates(torrent: Torrent, group: GroupGates | undefined, honorsSession: boolean): void {
  const { session, downloadGates, uploadGates } = torrent
  const isHonored = honorsSession && group?.honorsSession !== false
  for (const [gates, ofGroup, ofSession] of [
    [downloadGates, group?.download, session.downloadGate],
    [uploadGates, group?.upload, session.uploadGate],
  ] as const) {
    const shared = [ofGroup, isHonored ? ofSession : undefined].filter((gate) => gate !== undefined)
    const gone = gates.splice(1, gates.length, ...shared).filter((gate) => !shared.includes(gate))
    for (const peer of torrent.peers) {
      for (const gate of gone) gate.leave(peer)
      if (gone.length > 0) peer.onGateOpen() // it may have waited there
    }
  }
}

/** Hashes all that is there, and goes on with what was found. A stopped torrent is checked when it is started. */
export async function recheck(torrent: Torrent): Promise<void> {
  const wasRunning = torrent.state !== 'stopped'
  await torrent.stop()
  torrent.trust = 'nothing'
  if (wasRunning) torrent.start()
}

/** What is wanted is not all there any more. */
function resumeDownload(torrent: Torrent): void {
  countSeeding(torrent)
  torrent.seedingSince = undefined
  torrent.session.awake.add(torrent)
  for (const peer of torrent.peers) {
    updateInterest(torrent, peer)
    fillRequestWindow(torrent, peer)
  }
  torrent.announcer?.announceNow()
  torrent.candidates.retryAll()
  connectMore(torrent)
}
