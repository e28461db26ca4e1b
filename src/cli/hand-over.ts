// `share`, `seed` and `download` where a daemon runs on the state folder: it gets the torrent, and the command watches
// until it is complete.
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseAddress, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { parseTorrent } from '../core/metainfo/parse.ts'
import type { DaemonStatus, FileRow, TorrentRow } from '../daemon/rpc/types.ts'
import { monotonicMs } from '../io/clock.ts'
import { nodeHasher } from '../io/hasher.ts'
import type { DaemonClient } from './daemon-client.ts'
import type { DoneEvent } from './output/events.ts'
import { kilobytes } from '../core/sizes.ts'
import { isComplete, watchTorrents } from './follow.ts'
import type { Prepared, SwarmRun, SwarmSummary } from './swarm-run.ts'
import { commandName } from './command-name.ts'

/** `error` of the API: something here failed, and not a tracker. */
const FAILED_HERE = 3

/** Options that only a session of one's own can follow mean that one is wanted. */
export function mayHandOver({ options }: SwarmRun): boolean {
  const { listen, exitWhenDone, seedTime, encryption } = options
  return listen === undefined && exitWhenDone !== true && seedTime === undefined && encryption === undefined
}

export async function handOver(daemon: DaemonClient, run: SwarmRun): Promise<SwarmSummary> {
  const { reporter, signal } = run
  const { listening } = await daemon.call<DaemonStatus>('shoal_status')
  const prepared = await run.prepare(listening.flatMap((text) => parseAddress(text) ?? []))
  const hash = await addTo(daemon, prepared, run)
  prepared.onAdded?.()
  const startedAt = monotonicMs()
  await choose(daemon, hash, prepared, run)
  const before = await one(daemon, hash)
  const hadBytes = before.percent_done * before.size_when_done
  const isOver = (now: TorrentRow): boolean => isComplete(now) || now.error === FAILED_HERE
  const [torrent = before] = await watchTorrents(() => daemon.torrents([hash]), isOver, reporter, signal)
  if (torrent.error === FAILED_HERE) throw new AppError('incomplete', torrent.error_string)
  const { name, size_when_done: total } = torrent
  const downloaded = prepared.add.mode === 'seed' ? 0 : total - hadBytes
  if (isComplete(torrent)) reporter.report(doneEvent(name, total, downloaded, startedAt))
  const what = isComplete(torrent)
    ? 'gives it to others from now on'
    : `goes on with it: ${commandName()} follow shows how far it is`
  reporter.report({ event: 'note', message: `The daemon ${what}.` })
  return { doneBytes: total, wantedBytes: total, state: 'seeding' } // nothing is left undone: the daemon does it
}

function doneEvent(name: string, total: number, downloaded: number, startedAt: number): DoneEvent {
  return { event: 'done', name, total, downloaded, seconds: (monotonicMs() - startedAt) / 1000 }
}

async function one(daemon: DaemonClient, hash: string): Promise<TorrentRow> {
  const [torrent] = await daemon.torrents([hash])
  if (torrent === undefined) throw new Error('the torrent just added is there')
  return torrent
}

interface Added {
  readonly torrent_added?: { readonly hash_string: string }
  readonly torrent_duplicate?: { readonly hash_string: string }
}

async function addTo(daemon: DaemonClient, { source, add }: Prepared, { options }: SwarmRun): Promise<string> {
  const { upLimit, downLimit, maxPeers, seedRatio, peer = [] } = options
  const added = await daemon.call<Added>('torrent_add', {
    ...('metainfo' in source
      ? { metainfo: Buffer.from(source.metainfo).toString('base64') }
      : { filename: source.magnet }),
    download_dir: resolve(add.dir),
    is_seed: add.mode === 'seed',
    ...(upLimit !== undefined && { upload_limit: kilobytes(upLimit), upload_limited: true }),
    ...(downLimit !== undefined && { download_limit: kilobytes(downLimit), download_limited: true }),
    ...(maxPeers !== undefined && { peer_limit: maxPeers }),
    ...(seedRatio !== undefined && { seed_ratio_limit: seedRatio, seed_ratio_mode: 1 }),
  })
  const hash = (added.torrent_added ?? added.torrent_duplicate)?.hash_string ?? ''
  for (const address of peer) await daemon.call('shoal_connect', { id: hash, peer: printAddress(address) })
  return hash
}

/** `--select`; the files behind a link are chosen as soon as they are known. */
async function choose(daemon: DaemonClient, hash: string, { source, add }: Prepared, run: SwarmRun): Promise<void> {
  const { select } = add
  if ('metainfo' in source) run.onInfo?.(parseTorrent(source.metainfo, nodeHasher, process.platform).info)
  if (typeof select !== 'function') {
    // Who says nothing wants all of it, also of a torrent that was there with less.
    if ('metainfo' in source && add.mode === 'download')
      await daemon.call('torrent_set', { ids: hash, files_wanted: [] })
    return
  }
  let names: readonly string[] = []
  while (names.length === 0) {
    const params = { ids: hash, fields: ['files'] }
    const { torrents } = await daemon.call<{ torrents: { files: FileRow[] }[] }>('torrent_get', params)
    names = torrents[0]?.files.map(({ name }) => name) ?? []
    if (names.length > 0) break
    await setTimeout(run.reporter.progressMs, undefined, { signal: run.signal }).catch(() => {}) // checked next
    if (run.signal.aborted) return
  }
  // An empty list would mean all of them.
  const unwanted = names.flatMap((name, n) => (select(name) ? [] : [n]))
  const wanted = names.flatMap((name, n) => (select(name) ? [n] : []))
  await daemon.call('torrent_set', {
    ids: hash,
    ...(unwanted.length > 0 && { files_unwanted: unwanted }),
    ...(wanted.length > 0 && { files_wanted: wanted }),
  })
}
