// How a torrent starts: it claims what was kept, makes ready its files, trusts or checks what is there, and goes online.
// With a magnet link it goes online first, for its metainfo; then the rest.
import { AppError } from '../core/errors.ts'
import type { Info } from '../core/metainfo/metainfo.ts'
import { monotonicMs } from '../io/clock.ts'
import { answer } from '../io/disk/answer.ts'
import type { FileStamp } from '../io/disk/disk.ts'
import { Content } from './content.ts'
import { firstPriorities } from './first-priorities.ts'
import { keepableTorrent, readKept } from './kept-metainfo.ts'
import type { Torrent } from './torrent.ts'
import { announce } from './torrent-announce.ts'
import { establishHave } from './torrent-check.ts'
import { connectMore } from './torrent-connect.ts'
import { checkDone, finishFile } from './torrent-finish.ts'
import { startMetadata } from './torrent-metadata.ts'
import { contentReady, greetWithContent } from './torrent-opening.ts'
import { totalsOf } from './torrent-totals.ts'

/** Rejects with AppError; a start that was stopped meanwhile just returns. */
export async function openTorrent(torrent: Torrent, signal: AbortSignal): Promise<void> {
  const { session, options } = torrent
  torrent.content = undefined // of the last run
  const record = session.resume.claim({ infoHash: torrent.key, dir: torrent.dir })
  torrent.record = record
  const { state } = record
  torrent.before = { downloaded: state.downloaded, uploaded: state.uploaded, seedingMs: state.seedingMs }
  torrent.metainfo ??= state.metainfo === undefined ? undefined : readKept(state.metainfo, torrent)
  torrent.checkpointAt = monotonicMs()
  for (const address of options.peers ?? []) torrent.candidates.add(address, 'user')
  if (torrent.origin.kind === 'magnet') {
    for (const address of torrent.origin.magnet.peers) torrent.candidates.add(address, 'user')
  }
  if (torrent.metainfo === undefined) {
    startMetadata(torrent, () => void openFetched(torrent, signal))
    goOnline(torrent)
    return
  }
  const { info } = torrent.metainfo
  if (torrent.isMetainfoOnly) return stopWithMetainfo(torrent, info)
  await session.openings.take(async () => signal.aborted || openContent(torrent, info, signal))
  if (signal.aborted) return
  goOnline(torrent)
  checkDone(torrent)
}

/** A magnet link's metainfo has come: peers are here already. */
async function openFetched(torrent: Torrent, signal: AbortSignal): Promise<void> {
  try {
    const { info } = torrent
    if (info !== undefined && torrent.isMetainfoOnly) return stopWithMetainfo(torrent, info)
    if (info !== undefined) await openContent(torrent, info, signal)
    if (signal.aborted) return
    torrent.announcer?.announceNow()
    checkDone(torrent)
  } catch (cause) {
    if (signal.aborted) return
    torrent.fail(cause instanceof AppError ? cause : new AppError('internal', String(cause), { cause }))
  }
}

/** What is wanted of it waits to be chosen: it is kept, and nothing is opened that could ask peers for a piece. */
function stopWithMetainfo(torrent: Torrent, info: Info): void {
  checkPieceHashes(torrent, info)
  torrent.priorities ??= firstPriorities(torrent, info)
  torrent.keep((record) => record.keepMetainfo(keepableTorrent(torrent)))
  void torrent.stop()
}

/** Throws AppError: without hashes nothing of it can be verified. */
function checkPieceHashes({ metainfo }: Torrent, { infoHashV1 }: Info): void {
  if (infoHashV1 !== undefined || metainfo?.pieceRoots !== undefined) return
  throw new AppError(
    'bad-magnet',
    'this link is of a v2 torrent, whose piece hashes cannot be had from peers yet; use its .torrent file instead',
  )
}

function goOnline(torrent: Torrent): void {
  torrent.isOnline = true
  torrent.session.awake.add(torrent)
  torrent.candidates.retryAll()
  announce(torrent)
  connectMore(torrent)
}

async function openContent(torrent: Torrent, info: Info, signal: AbortSignal): Promise<void> {
  const { session, options, metainfo } = torrent
  checkPieceHashes(torrent, info)
  torrent.priorities ??= firstPriorities(torrent, info)
  const { priorities } = torrent
  const isSeed = options.mode === 'seed'
  const storage = session.disk.open({
    info: torrent.onDisk ?? info,
    pieceRoots: metainfo?.pieceRoots,
    dir: torrent.dir,
    wanted: priorities.map((priority) => priority > 0),
    mode: isSeed ? 'share' : 'download',
    finished: torrent.record?.state.finished,
  })
  torrent.isChecking = true
  const content = new Content({
    info,
    pieceRoots: metainfo?.pieceRoots,
    storage,
    disk: session.disk,
    priorities,
    onReadFailed: (error) => {
      if (torrent.content === content) torrent.fail(error)
    },
  })
  content.setSequential(torrent.isSequential)
  torrent.content = content
  for (const peer of torrent.peers) greetWithContent(content, peer)
  torrent.record?.keepMetainfo(keepableTorrent(torrent))

  const stamps = await answer<readonly FileStamp[]>((done) => storage.prepare(done))
  if (signal.aborted) return
  await establishHave(torrent, content, stamps, signal)
  if (signal.aborted) return
  torrent.trust = 'kept'
  if (isSeed && !content.have.isFull) throw incomplete(content, torrent.dir)
  content.counted()
  torrent.isChecking = false
  torrent.record?.checkpoint(content.have.bytes, stamps, totalsOf(torrent))
  if (!isSeed) content.completeFiles().forEach((file) => finishFile(torrent, content, file))
  for (const peer of torrent.peers) contentReady(torrent, content, peer)
}

function incomplete(content: Content, dir: string): AppError {
  const { pieceCount } = content.geometry
  const bad = pieceCount - content.have.count
  const what = bad === pieceCount ? `nothing of "${content.info.name}"` : `${bad} of ${pieceCount} pieces not`
  return new AppError(
    'incomplete',
    `found ${what} in ${dir}; give the folder that holds it with --dir, or get what is missing with download`,
  )
}
