import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CliEvent } from '../../src/cli/output/events.ts'
import type { Reporter } from '../../src/cli/output/reporter.ts'
import { type WatchedTorrent, watchTorrent } from '../../src/cli/watch-torrent.ts'
import { AppError } from '../../src/core/errors.ts'
import type { Info } from '../../src/core/metainfo/metainfo.ts'
import type { TorrentStatus } from '../../src/engine/torrent-status.ts'
import { statusWith } from './status.ts'
import { infoOf } from './torrents.ts'

/** Goes through its statuses, one a look; the last one stays. Calls `onLast` when it is reached. */
class ScriptedTorrent implements WatchedTorrent {
  readonly finished: Promise<void>
  readonly #script: TorrentStatus[]
  readonly #onLast: () => void
  #finish: () => void
  #state: TorrentStatus['state'] | undefined

  constructor(script: readonly Partial<TorrentStatus>[], onLast: () => void = () => {}) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.finished = promise
    this.#finish = resolve
    this.#script = script.map(statusWith)
    this.#onLast = onLast
    this.#state = undefined
  }

  get info(): Info | undefined {
    return this.#state === 'metadata' ? undefined : infoOf({ a: 1000 })
  }

  status(): TorrentStatus {
    const [status = statusWith({})] = this.#script
    if (this.#script.length > 1) this.#script.shift()
    else this.#onLast()
    this.#state = status.state
    if (status.state === 'seeding') this.#finish()
    return status
  }
}

class Recorder implements Reporter {
  readonly progressMs = 0
  readonly events: CliEvent[] = []

  report(event: CliEvent): void {
    this.events.push(event)
  }

  settle(): void {}

  [Symbol.dispose](): void {}

  names(): string[] {
    return this.events.map(({ event }) => event)
  }
}

const NEVER = new AbortController().signal

test('a download to its end tells metadata, progress, done and seeding, each once', async () => {
  const torrent = new ScriptedTorrent([
    { state: 'metadata' },
    { state: 'downloading', doneBytes: 500 },
    { state: 'seeding', doneBytes: 1000, downloadedBytes: 1000 },
  ])
  const reporter = new Recorder()
  assert.equal(await watchTorrent(torrent, { exitWhenDone: true }, reporter, NEVER), 'done')
  assert.deepEqual(reporter.names(), ['progress', 'metadata', 'progress', 'progress', 'done', 'seeding'])
  const done = reporter.events.find(({ event }) => event === 'done')
  assert.partialDeepStrictEqual(done, { event: 'done', name: 'photos', total: 1000, downloaded: 1000 })
})

test('what makes a torrent fail is thrown', async () => {
  const error = new AppError('disk-full', 'the disk is full')
  const torrent = new ScriptedTorrent([{ state: 'downloading' }, { state: 'failed', error }])
  await assert.rejects(watchTorrent(torrent, {}, new Recorder(), NEVER), error)
})

test('an abort ends it at once', async () => {
  const controller = new AbortController()
  const torrent = new ScriptedTorrent([{ state: 'downloading' }], () => controller.abort())
  assert.equal(await watchTorrent(torrent, {}, new Recorder(), controller.signal), 'interrupted')
})

test('a tracker is told when it begins to work or to fail, by its host only', async () => {
  const tracker = {
    url: 'http://tracker.example:6969/secret/announce',
    tier: 0,
    state: 'working',
    seeders: 1,
    leechers: undefined,
    peersReceived: 0,
    lastAnnounceMs: undefined,
    message: undefined,
    nextAnnounceMs: 0,
  } as const
  const failed = { ...tracker, state: 'failed', message: 'go away' } as const
  const torrent = new ScriptedTorrent([
    { trackers: [{ ...tracker, state: 'announcing' }] },
    { trackers: [tracker] },
    { trackers: [tracker] },
    { trackers: [{ ...failed, state: 'announcing' }] },
    { trackers: [failed] },
    { state: 'seeding' },
  ])
  const reporter = new Recorder()
  await watchTorrent(torrent, { exitWhenDone: true }, reporter, NEVER)
  const name = 'tracker.example:6969'
  assert.deepEqual(
    reporter.events.filter(({ event }) => event === 'tracker'),
    [
      { event: 'tracker', tracker: name, state: 'working', seeders: 1, leechers: null, message: null },
      { event: 'tracker', tracker: name, state: 'failed', seeders: 1, leechers: null, message: 'go away' },
    ],
  )
})

test('what is thrown when the contents are known ends it', async () => {
  const error = new AppError('not-found', 'nothing is wanted')
  const watching = watchTorrent(new ScriptedTorrent([{}]), {}, new Recorder(), NEVER, () => {
    throw error
  })
  await assert.rejects(watching, error)
})
