// Methods on the session: section 4 of Transmission's docs/rpc-spec.md.
import { statfs } from 'node:fs/promises'
import * as v from 'valibot'
import { AppError } from '../../core/errors.ts'
import { failedFile } from '../../io/files.ts'
import { version } from '../../io/version.ts'
import type { Daemon } from '../daemon.ts'
import { checkChange } from '../setting-change.ts'
import type { SettingName, SettingsChange } from '../settings.ts'
import { settingsFromJson } from '../settings.ts'
import { type Caller, type Json, type JsonObject, type Method, method } from './method.ts'

/** Transmission 4.1.0's: what clients look at to know what they may say. */
export const RPC_VERSION = '6.0.0'
const RPC_VERSION_NUMBER = 18
const OLDEST_RPC_VERSION_NUMBER = 14

/** Transmission's names for our settings. */
const SETTING_OF: Readonly<Record<string, SettingName>> = {
  alt_speed_down: 'alt-down-limit',
  alt_speed_enabled: 'alt-on',
  alt_speed_time_begin: 'alt-begin',
  alt_speed_time_day: 'alt-days',
  alt_speed_time_enabled: 'alt-schedule-on',
  alt_speed_time_end: 'alt-end',
  alt_speed_up: 'alt-up-limit',
  download_dir: 'download-dir',
  download_queue_enabled: 'download-queue-on',
  download_queue_size: 'download-queue',
  idle_seeding_limit: 'seed-idle',
  idle_seeding_limit_enabled: 'seed-idle-on',
  peer_limit_global: 'max-peers',
  peer_limit_per_torrent: 'max-peers-each',
  queue_stalled_enabled: 'queue-stalled-on',
  queue_stalled_minutes: 'queue-stalled',
  seed_queue_enabled: 'seed-queue-on',
  seed_queue_size: 'seed-queue',
  seed_ratio_limit: 'seed-ratio',
  seed_ratio_limited: 'seed-ratio-on',
  sequential_download: 'sequential',
  speed_limit_down: 'down-limit',
  speed_limit_down_enabled: 'down-limit-on',
  speed_limit_up: 'up-limit',
  speed_limit_up_enabled: 'up-limit-on',
  start_added_torrents: 'start-added',
}

/** What is always so here. Setting it to something else has no effect: see docs/protocols/rpc.md. */
const FIXED: JsonObject = {
  anti_brute_force_enabled: true,
  anti_brute_force_threshold: 20,
  blocklist_enabled: false,
  blocklist_size: 0,
  blocklist_url: '',
  cache_size_mib: 0,
  default_trackers: '',
  dht_enabled: false,
  incomplete_dir: '',
  incomplete_dir_enabled: false,
  lpd_enabled: false,
  peer_port_random_on_start: false,
  pex_enabled: false,
  port_forwarding_enabled: false,
  preferred_transports: ['tcp'],
  rename_partial_files: true,
  reqq: 2000,
  rpc_version: RPC_VERSION_NUMBER,
  rpc_version_minimum: OLDEST_RPC_VERSION_NUMBER,
  rpc_version_semver: RPC_VERSION,
  script_torrent_added_enabled: false,
  script_torrent_added_filename: '',
  script_torrent_done_enabled: false,
  script_torrent_done_filename: '',
  script_torrent_done_seeding_enabled: false,
  script_torrent_done_seeding_filename: '',
  tcp_enabled: true,
  trash_original_torrent_files: false,
  units: {
    speed_units: ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'],
    speed_bytes: 1000,
    size_units: ['B', 'kB', 'MB', 'GB', 'TB'],
    size_bytes: 1000,
    memory_units: ['B', 'KiB', 'MiB', 'GiB', 'TiB'],
    memory_bytes: 1024,
  },
  utp_enabled: false,
}

async function get(daemon: Daemon, { fields }: { fields?: readonly string[] | undefined }): Promise<JsonObject> {
  const { settings, session, stateDir } = daemon
  const mapped = Object.entries(SETTING_OF).map(([key, name]): [string, Json] => [key, settings[name]])
  const all: JsonObject = {
    ...FIXED,
    ...Object.fromEntries(mapped),
    config_dir: stateDir,
    encryption: settings.encryption === 'required' ? 'required' : 'allowed', // they have no word for "off"
    download_dir_free_space: (await spaceIn(settings['download-dir']).catch(() => undefined))?.free ?? -1,
    peer_port: session.port,
    version: `${version()} (Shoal)`,
  }
  if (fields === undefined) return all
  return Object.fromEntries(Object.entries(all).filter(([key]) => fields.includes(key)))
}

async function set(daemon: Daemon, params: Readonly<Record<string, unknown>>, caller: Caller): Promise<JsonObject> {
  let change: SettingsChange = {}
  for (const [key, value] of Object.entries(params)) {
    const name = SETTING_OF[key]
    if (key === 'encryption' && !isOffInTheirWords(daemon, value))
      change = { ...change, ...settingsFromJson({ encryption: encryptionOf(value) }, key) }
    if (name !== undefined) change = { ...change, ...settingsFromJson({ [name]: value }, key) }
  }
  await checkChange(daemon, change, caller)
  await daemon.changeSettings(change)
  return {}
}

/** A form that is saved as a whole says what we told it instead of "off". */
function isOffInTheirWords({ settings }: Daemon, value: unknown): boolean {
  return settings.encryption === 'off' && value === 'allowed'
}

/** What they prefer where they may is as good as allowed here: we say it in plain first. */
function encryptionOf(value: unknown): unknown {
  return value === 'preferred' || value === 'tolerated' ? 'allowed' : value
}

function stats({ list, lifetime }: Daemon): JsonObject {
  const all = [...list].map(({ torrent }) => torrent.status())
  const sum = (of: (status: (typeof all)[number]) => number): number =>
    all.reduce((total, status) => total + of(status), 0)
  const isPaused = ({ state }: (typeof all)[number]): boolean => state === 'stopped' || state === 'failed'
  const { thisRun, allRuns } = lifetime
  return {
    active_torrent_count: all.filter((status) => !isPaused(status)).length,
    download_speed: Math.round(sum((status) => status.downloadBytesPerSec)),
    paused_torrent_count: all.filter(isPaused).length,
    torrent_count: all.length,
    upload_speed: Math.round(sum((status) => status.uploadBytesPerSec)),
    cumulative_stats: {
      uploaded_bytes: allRuns.uploaded + sum((status) => status.totalUploadedBytes),
      downloaded_bytes: allRuns.downloaded + sum((status) => status.totalDownloadedBytes),
      files_added: list.size,
      seconds_active: allRuns.activeSec,
      session_count: allRuns.runs,
    },
    current_stats: {
      uploaded_bytes: thisRun.uploaded + sum((status) => status.uploadedBytes),
      downloaded_bytes: thisRun.downloaded + sum((status) => status.downloadedBytes),
      files_added: list.size,
      seconds_active: thisRun.activeSec,
      session_count: 1,
    },
  }
}

async function spaceIn(path: string): Promise<{ readonly free: number; readonly total: number }> {
  try {
    const { bavail, blocks, bsize } = await statfs(path)
    return { free: bavail * bsize, total: blocks * bsize }
  } catch (cause) {
    throw failedFile('read', path, cause)
  }
}

const nothing = v.object({})

export const SESSION_METHODS: Readonly<Record<string, Method>> = {
  session_get: method(v.object({ fields: v.optional(v.array(v.string())) }), get),
  session_set: method(v.record(v.string(), v.unknown()), set),
  session_stats: method(nothing, stats),
  session_close: method(nothing, (daemon) => {
    setImmediate(() => daemon.events.emit('close')) // after the answer
    return {}
  }),
  free_space: method(v.object({ path: v.string() }), async (_daemon, { path }) => {
    const { free, total } = await spaceIn(path)
    return { path, size_bytes: free, total_size: total }
  }),
  port_test: method(nothing, () => {
    throw new AppError('network', 'whether the port is open cannot be tested yet')
  }),
  blocklist_update: method(nothing, () => {
    throw new AppError('usage', 'there is no block list here yet')
  }),
}
