// The tour: a tracker, one who shares and three who download, as four sessions of this process that know each other by
// the tracker only. Everything lies in a temporary folder, which goes when the tour ends.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { AddOptions } from '../engine/add-options.ts'
import { Session } from '../engine/session.ts'
import type { Torrent } from '../engine/torrent.ts'
import { TrackerServer } from '../tracker/tracker-server.ts'
import { commandName } from './command-name.ts'
import { makeTorrent } from './make-torrent.ts'
import { count } from './output/progress-line.ts'
import type { Reporter } from './output/reporter.ts'
import { firstDifference } from './same-files.ts'
import { shownFiles } from './output/info-text.ts'
import { printRate, printSize } from '../core/sizes.ts'
import { watchTorrent } from './watch-torrent.ts'

const SHARER = 'Ann'
const DOWNLOADERS = ['Bob', 'Cleo', 'Dan']
/** Everybody's uplink would carry the folder once in this time: long enough to see the bars move. */
const UPLINK_SEC = 4
const LOOPBACK = [{ ip: '127.0.0.1', port: 0 }]

/** Throws AppError if a step fails or the copies differ. */
export async function tour(path: string, reporter: Reporter, signal: AbortSignal): Promise<void> {
  const say = (message: string): void => reporter.report({ event: 'note', message })
  const folder = await mkdtemp(join(tmpdir(), 'shoal-tour-'))
  await using cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

  say('A tour on this machine: a tracker, one who shares a folder, three who download it.')
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1', intervalSec: 5 })
  cleanUp.defer(() => tracker.close())
  const announce = tracker.urls.slice(0, 1)
  const made = await makeTorrent(path, { tracker: announce }, MUTE, signal)
  const { info } = made.metainfo
  const files = `${count(shownFiles(info).length, 'file')}, ${printSize(info.totalSize)}`
  const uplinkBytesPerSec = Math.ceil(info.totalSize / UPLINK_SEC)
  say(`The tracker is ${announce.join()}; ${SHARER} shares ${path} (${files}).`)
  say(`Everybody can send ${printRate(uplinkBytesPerSec)}, so that there is something to see.`)

  const enter = async (name: string, add: AddOptions): Promise<Torrent> => {
    const session = await Session.open({
      stateDir: join(folder, `${name}.state`),
      listen: LOOPBACK,
      uploadBytesPerSec: uplinkBytesPerSec,
    })
    cleanUp.defer(() => session.close())
    return session.add({ metainfo: made.bytes }, add)
  }
  const sharer = await enter(SHARER, { dir: made.dir, mode: 'seed', seedTrusted: true })
  const downloads: Torrent[] = []
  for (const name of DOWNLOADERS) downloads.push(await enter(name, { dir: join(folder, name), mode: 'download' }))

  await watchAll([sharer, ...downloads], reporter, signal)
  reporter.settle()
  for (const name of DOWNLOADERS) {
    const difference = await firstDifference(info, made.dir, join(folder, name))
    if (difference !== undefined) throw new AppError('internal', `${name}'s copy of ${difference} differs`)
  }
  const copies = (sharer.status().uploadedBytes / info.totalSize).toFixed(2)
  say(`\nCompared byte by byte: ${DOWNLOADERS.join(', ')} have exactly what ${SHARER} has.`)
  say(`${SHARER} sent it ${copies} times; the rest of three copies they gave each other.`)
  say(inEarnest(commandName()))
}

/** Until all have everything. */
async function watchAll(torrents: readonly Torrent[], reporter: Reporter, signal: AbortSignal): Promise<void> {
  const ended = new AbortController()
  const until = AbortSignal.any([signal, ended.signal])
  const names = [SHARER, ...DOWNLOADERS]
  const watched = torrents.map((torrent, n) => watchTorrent(torrent, {}, labelled(reporter, names[n] ?? ''), until))
  const complete = Promise.all(torrents.map((torrent) => torrent.finished))
  try {
    // Watching ends by Ctrl-C, or by throwing what failed.
    await Promise.race([complete, Promise.all(watched)])
  } finally {
    ended.abort()
  }
  await Promise.all(watched)
  if (signal.aborted) throw new AppError('interrupted', 'the tour was interrupted')
}

/** Only the bars, under the name of the one who runs the session. */
function labelled(reporter: Reporter, name: string): Reporter {
  return {
    ...MUTE,
    progressMs: reporter.progressMs,
    report: (event) => {
      if (event.event === 'progress') reporter.report({ ...event, name })
    },
  }
}

const MUTE: Reporter = {
  progressMs: Number.POSITIVE_INFINITY,
  report: () => {},
  settle: () => {},
  [Symbol.dispose]: () => {},
}

function inEarnest(command: string): string {
  return `
Now in earnest:
  ${command} share ./photos                     share a folder; prints the link to pass on
  ${command} download 'magnet:?xt=...'          get what is behind a link
  ${command} tracker                            for people who are not in one network
  ${command} --help                             the rest`
}
