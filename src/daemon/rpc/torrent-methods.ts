// Methods on torrents: section 3 of Transmission's docs/rpc-spec.md.
import * as v from 'valibot'
import { AppError } from '../../core/errors.ts'
import { checkRename } from '../../core/metainfo/renames.ts'
import { NORMAL_PRIORITY } from '../../core/pick/piece-order.ts'
import type { Source } from '../../engine/load-source.ts'
import { tiersOf } from '../../engine/torrent-announce.ts'
import { filesOf } from '../../engine/torrent-details.ts'
import { recheck } from '../../engine/torrent-control.ts'
import { monotonicMs } from '../../io/clock.ts'
import { safeDownloadDir } from '../download-dir.ts'
import type { Daemon } from '../daemon.ts'
import { alreadyListed, givenSource } from '../given-source.ts'
import type { ListedTorrent } from '../listed-torrent.ts'
import { listedTorrent } from '../torrent-list.ts'
import type { Wishes } from '../wishes.ts'
import { type Ids, ids, type Json, type JsonObject, type Method, method } from './method.ts'
import { type Look, TORRENT_FIELDS } from './torrent-fields.ts'
import { changeTiers, TRACKER_CHANGES } from './tracker-changes.ts'

/** Transmission's word for what was busy within the last minute. */
const RECENT_MS = 60_000
/** By Transmission's words low, normal, high. */
const LOW_PRIORITY = 1
const HIGH_PRIORITY = 7

const index = v.pipe(v.number(), v.integer(), v.minValue(0))
const indices = v.optional(v.array(index))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

function isRecent(listed: ListedTorrent): boolean {
  const { state } = listed.torrent
  if (state === 'checking' || state === 'metadata' || state === 'downloading') return true
  return monotonicMs() - listed.busyAt < RECENT_MS
}

/** Throws AppError 'not-found' if one of several is not there. */
export function chosen({ list }: Daemon, wanted: Ids): ListedTorrent[] {
  if (wanted === undefined) return [...list]
  if (wanted === 'recently_active') return [...list].filter(isRecent)
  return (Array.isArray(wanted) ? wanted : [wanted]).map((id) => listedTorrent(list, id))
}

function look(daemon: Daemon, listed: ListedTorrent): Look {
  return { daemon, listed, status: listed.torrent.status() }
}

function get(
  daemon: Daemon,
  params: { ids?: Ids; fields: readonly string[]; format?: 'objects' | 'table' | undefined },
): JsonObject {
  const names = params.fields.filter((name) => Object.hasOwn(TORRENT_FIELDS, name))
  // Who asks for one that has gone gets what is left, as with Transmission.
  const all =
    params.ids === undefined || params.ids === 'recently_active'
      ? chosen(daemon, params.ids)
      : present(daemon, params.ids)
  const rows = all.map((listed) => {
    const at = look(daemon, listed)
    return names.map((name) => TORRENT_FIELDS[name]?.(at) ?? null)
  })
  const removed = params.ids === 'recently_active' ? { removed: daemon.list.recentlyRemoved() } : {}
  if (params.format === 'table') return { torrents: [names, ...rows], ...removed }
  return {
    torrents: rows.map((row) => Object.fromEntries(names.map((name, n): [string, Json] => [name, row[n] ?? null]))),
    ...removed,
  }
}

function present({ list }: Daemon, wanted: number | string | readonly (number | string)[]): ListedTorrent[] {
  const several: readonly (number | string)[] = typeof wanted === 'object' ? wanted : [wanted]
  return several.flatMap((id) => list.get(id) ?? [])
}

const CHOICE = {
  files_wanted: indices,
  files_unwanted: indices,
  priority_high: indices,
  priority_low: indices,
  priority_normal: indices,
}

interface Choice {
  readonly files_wanted?: readonly number[] | undefined
  readonly files_unwanted?: readonly number[] | undefined
  readonly priority_high?: readonly number[] | undefined
  readonly priority_low?: readonly number[] | undefined
  readonly priority_normal?: readonly number[] | undefined
}

/**
 * Priorities after a change; `undefined` if nothing is changed. An empty list of files means all of them. With
 * Transmission a file has a priority and is wanted or not; here unwanted is priority 0.
 */
function choosePriorities(before: readonly number[], choice: Choice): number[] | undefined {
  if (Object.keys(CHOICE).every((key) => choice[key as keyof Choice] === undefined)) return undefined
  const priorities = [...before]
  const each = (files: readonly number[] | undefined, change: (priority: number) => number): void => {
    if (files === undefined) return
    for (const file of files.length === 0 ? priorities.keys() : files) {
      const priority = priorities[file]
      if (priority === undefined)
        throw new AppError('usage', `there is no file ${file}: the torrent has ${before.length}`)
      priorities[file] = change(priority)
    }
  }
  each(choice.files_unwanted, () => 0)
  each(choice.files_wanted, (priority) => priority || NORMAL_PRIORITY)
  const set = (wanted: number) => (priority: number) => (priority === 0 ? 0 : wanted)
  each(choice.priority_low, set(LOW_PRIORITY))
  each(choice.priority_normal, set(NORMAL_PRIORITY))
  each(choice.priority_high, set(HIGH_PRIORITY))
  return priorities
}

const WISHED = {
  ...CHOICE,
  labels: v.optional(v.array(v.pipe(v.string(), v.minLength(1)))),
  download_limit: v.optional(count),
  download_limited: v.optional(v.boolean()),
  upload_limit: v.optional(count),
  upload_limited: v.optional(v.boolean()),
  peer_limit: v.optional(v.pipe(count, v.minValue(1))),
  seed_ratio_limit: v.optional(v.pipe(v.number(), v.minValue(0))),
  seed_ratio_mode: v.optional(v.picklist([0, 1, 2])),
  seed_idle_limit: v.optional(count),
  seed_idle_mode: v.optional(v.picklist([0, 1, 2])),
  sequential_download: v.optional(v.boolean()),
  queue_position: v.optional(count),
  group: v.optional(v.pipe(v.string(), v.maxLength(256))),
  honors_session_limits: v.optional(v.boolean()),
}
const wished = v.object(WISHED)

const SET = v.object({ ...WISHED, ...TRACKER_CHANGES, ids })

/** Only what was said. */
function wishesOf(
  said: v.InferOutput<typeof wished>,
): Partial<Omit<Wishes, 'isStopped' | 'isUndecided' | 'priorities'>> {
  const all = {
    labels: said.labels,
    downloadLimit: said.download_limit,
    isDownloadLimited: said.download_limited,
    uploadLimit: said.upload_limit,
    isUploadLimited: said.upload_limited,
    maxPeers: said.peer_limit,
    seedRatio: said.seed_ratio_limit,
    seedRatioMode: said.seed_ratio_mode,
    seedIdle: said.seed_idle_limit,
    seedIdleMode: said.seed_idle_mode,
    isSequential: said.sequential_download,
    group: said.group,
    honorsSessionLimits: said.honors_session_limits,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function set(daemon: Daemon, params: v.InferOutput<typeof SET>): JsonObject {
  const changes = chosen(daemon, params.ids).map((listed) => {
    const files = filesOf(listed.torrent).map(({ priority }) => priority)
    const priorities = choosePriorities(files, params)
    if (priorities !== undefined && files.length === 0) {
      throw filesUnknown(listed)
    }
    const trackers = changeTiers(tiersOf(listed.torrent), params)
    const change = {
      ...wishesOf(params),
      ...(priorities !== undefined && { priorities }),
      ...(trackers !== undefined && { trackers }),
    }
    return { listed, change }
  })
  for (const { listed, change } of changes) daemon.list.wish(listed, change)
  const { queue_position: place } = params
  if (place !== undefined) changes.forEach(({ listed }, n) => daemon.list.setPlace(listed, place + n))
  return {}
}

const ADD = v.object({
  ...WISHED,
  filename: v.optional(v.string()),
  metainfo: v.optional(v.string()),
  download_dir: v.optional(v.string()),
  paused: v.optional(v.boolean()),
  /** Ours: the files are in `download_dir` already, complete. */
  is_seed: v.optional(v.boolean()),
  /** Ours: of a link only the metadata is fetched. What is wanted is said by `torrent_set`, and `torrent_start` begins. */
  ask_first: v.optional(v.boolean()),
})

async function add(daemon: Daemon, params: v.InferOutput<typeof ADD>): Promise<JsonObject> {
  const source = await givenSource(params)
  const { settings } = daemon
  const before = alreadyListed(daemon.list, source)
  if (before !== undefined) return { torrent_duplicate: brief(before) }
  const listed = daemon.add(source.kind === 'magnet' ? { magnet: source.link } : { metainfo: source.bytes }, {
    dir: safeDownloadDir(settings, params.download_dir ?? settings['download-dir']),
    mode: params.is_seed === true ? 'seed' : 'download',
    wishes: {
      ...wishesOf(params),
      ...(params.paused !== undefined && { isStopped: params.paused }),
      ...(params.ask_first === true && params.is_seed !== true && undecided(source, params.paused === true)),
      ...(source.kind === 'torrent' && {
        priorities: choosePriorities(
          source.metainfo.info.files.map(() => NORMAL_PRIORITY),
          params,
        ),
      }),
    },
  })
  return { torrent_added: brief(listed) }
}

/** A link runs until its files are known, whatever the settings say of new torrents. */
function undecided({ kind }: Source, isPaused: boolean): Partial<Wishes> {
  return { isUndecided: true, isStopped: isPaused || kind === 'torrent' }
}

function brief({ id, torrent }: ListedTorrent): JsonObject {
  return { id, name: torrent.name, hash_string: torrent.key }
}

const REMOVE = v.object({ ids, delete_local_data: v.optional(v.boolean(), false) })

async function remove(
  daemon: Daemon,
  { ids: wanted, delete_local_data }: v.InferOutput<typeof REMOVE>,
): Promise<JsonObject> {
  for (const listed of chosen(daemon, wanted)) await daemon.list.remove(listed, delete_local_data)
  return {}
}

const LOCATION = v.object({ ids, location: v.string(), move: v.optional(v.boolean(), false) })

async function setLocation(daemon: Daemon, params: v.InferOutput<typeof LOCATION>): Promise<JsonObject> {
  const dir = safeDownloadDir(daemon.settings, params.location)
  for (const listed of chosen(daemon, params.ids)) {
    if (listed.torrent.dir === dir) continue
    await (params.move ? daemon.list.move(listed, { dir }) : daemon.list.relocate(listed, dir))
  }
  return {}
}

const RENAME = v.object({ ids, path: v.string(), name: v.string() })

async function rename(daemon: Daemon, { ids: wanted, path, name }: v.InferOutput<typeof RENAME>): Promise<JsonObject> {
  const [listed, other] = chosen(daemon, wanted)
  if (listed === undefined || other !== undefined) throw new AppError('usage', 'ids: expected one torrent')
  const { onDisk } = listed.torrent
  if (onDisk === undefined) throw filesUnknown(listed)
  checkRename(onDisk, { path, name }, process.platform)
  await daemon.list.move(listed, { renames: [...listed.wishes.renames, { path, name }] })
  return { id: listed.id, path, name }
}

function filesUnknown({ torrent }: ListedTorrent): AppError {
  return new AppError('usage', `the files of ${torrent.name} are not known yet: wait for its metadata`)
}

/** For all that are meant, one after the other. */
function forEach(act: (daemon: Daemon, listed: ListedTorrent) => void | Promise<void>): Method {
  return method(v.object({ ids }), async (daemon, params) => {
    for (const listed of chosen(daemon, params.ids)) await act(daemon, listed)
    return {}
  })
}

export const TORRENT_METHODS: Readonly<Record<string, Method>> = {
  torrent_get: method(
    v.object({ ids, fields: v.array(v.string()), format: v.optional(v.picklist(['objects', 'table'])) }),
    get,
  ),
  torrent_set: method(SET, set),
  torrent_add: method(ADD, add),
  torrent_remove: method(REMOVE, remove),
  torrent_set_location: method(LOCATION, setLocation),
  torrent_rename_path: method(RENAME, rename),
  torrent_start: forEach(({ list }, listed) => list.start(listed)),
  torrent_start_now: forEach(({ list }, listed) => list.start(listed, true)),
  torrent_stop: forEach(({ list }, listed) => list.stop(listed)),
  torrent_verify: forEach((_daemon, { torrent }) => recheck(torrent)),
  torrent_reannounce: forEach((_daemon, { torrent }) => torrent.announcer?.announceNow()),
}
