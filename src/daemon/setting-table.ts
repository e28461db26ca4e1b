// The daemon's settings: which there are, what each is without being set, and what it is for. settings.ts reads and keeps
// them; forms are made of the same table.
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_PORT } from '../direct/protocol.ts'
import { ENCRYPTION_MODES } from '../engine/encryption-mode.ts'
import type { SettingSection } from './rpc/types.ts'
import {
  address,
  announceUrl,
  choice,
  count,
  decimal,
  flag,
  folder,
  hostName,
  kilobytes,
  maybeFolder,
  minutes,
  personName,
  secret,
  type SettingKind,
  type SettingValue,
  several,
  words,
} from './setting-kinds.ts'

export interface SettingEntry<T extends SettingValue> {
  readonly section: SettingSection
  readonly kind: SettingKind<T>
  readonly value: T
  readonly about: string
}

function entry<T extends SettingValue>(
  section: SettingSection,
  kind: SettingKind<T>,
  value: T,
  about: string,
): SettingEntry<T> {
  return { section, kind, value, about }
}

export const SETTING_TABLE = {
  'download-dir': entry('downloads', folder, join(homedir(), 'Downloads'), 'where downloads go'),
  'download-roots': entry('downloads', several(folder), [], 'if any are named, downloads go only below these folders'),
  'watch-dir': entry('downloads', maybeFolder, '', '.torrent files that appear here are added'),
  'start-added': entry('downloads', flag, true, 'torrents start when they are added'),
  sequential: entry('downloads', flag, false, 'new torrents are fetched in order'),
  listen: entry('network', several(address), [], 'where peers may connect; by default the first free port from 6881'),
  'max-peers': entry('network', count(1, 65_535), 500, 'connections of all torrents together'),
  'max-peers-each': entry('network', count(1, 65_535), 100, 'connections of one torrent'),
  encryption: entry(
    'network',
    choice(...ENCRYPTION_MODES),
    'allowed',
    'encrypted connections to peers: with who wants them, always, or never',
  ),
  'down-limit': entry('speed', kilobytes, 100, 'kB/s to receive at most'),
  'down-limit-on': entry('speed', flag, false, 'whether that limit holds'),
  'up-limit': entry('speed', kilobytes, 100, 'kB/s to send at most'),
  'up-limit-on': entry('speed', flag, false, 'whether that limit holds'),
  'alt-down-limit': entry('speed', kilobytes, 50, 'kB/s to receive at most while the alternative limits hold'),
  'alt-up-limit': entry('speed', kilobytes, 50, 'kB/s to send at most while the alternative limits hold'),
  'alt-on': entry('speed', flag, false, 'the alternative limits hold now'),
  'alt-schedule-on': entry('schedule', flag, false, 'they are switched on and off by the clock'),
  'alt-begin': entry('schedule', minutes, 540, 'switched on at this minute of the day'),
  'alt-end': entry('schedule', minutes, 1020, 'switched off at this minute of the day'),
  'alt-days': entry(
    'schedule',
    count(0, 127),
    127,
    'on these days: 1 Sunday, 2 Monday, 4 Tuesday .. 64 Saturday, added up',
  ),
  'download-queue': entry(
    'queue',
    count(1, 100_000),
    5,
    'so many torrents download at once, the others wait for their turn',
  ),
  'download-queue-on': entry('queue', flag, true, 'whether that holds'),
  'seed-queue': entry('queue', count(1, 100_000), 10, 'so many torrents seed at once, the others wait for their turn'),
  'seed-queue-on': entry('queue', flag, false, 'whether that holds'),
  'queue-stalled': entry(
    'queue',
    count(1, 1_000_000),
    30,
    'minutes without a byte after which a torrent holds up no other',
  ),
  'queue-stalled-on': entry('queue', flag, true, 'whether that holds'),
  'seed-ratio': entry(
    'seeding',
    decimal(0, 1_000_000),
    2,
    'a torrent stops when it gave this many times what it holds',
  ),
  'seed-ratio-on': entry('seeding', flag, false, 'whether that goal holds'),
  'seed-idle': entry(
    'seeding',
    count(0, 1_000_000),
    30,
    'a torrent stops when nobody took anything for so many minutes',
  ),
  'seed-idle-on': entry('seeding', flag, false, 'whether that goal holds'),
  name: entry('people', personName, hostname().slice(0, 64), 'what other people see of you'),
  'direct-on': entry('people', flag, true, 'people may offer you files and send messages'),
  nearby: entry('people', flag, true, 'look for people nearby when the daemon starts, and be found by them'),
  'direct-port': entry('people', count(0, 65_535), DEFAULT_PORT, 'where they reach you; 0 is any port'),
  'receive-dir': entry('people', folder, join(homedir(), 'Downloads'), 'where files go that people send'),
  'shared-dir': entry('people', maybeFolder, '', 'what contacts that you trust may see and fetch'),
  accept: entry('people', choice('nobody', 'trusted', 'everybody'), 'trusted', 'whose files come without a question'),
  pin: entry('people', secret, '', 'what people must know to send you files; empty: nothing'),
  trackers: entry(
    'sharing',
    several(announceUrl),
    [],
    'announce URLs for what is shared; their catalogues are searched by name',
  ),
  'page-roots': entry(
    'page',
    several(folder),
    [homedir()],
    'the page shows and shares files below these folders and your own',
  ),
  'rpc-listen': entry('page', address, '127.0.0.1:9091', 'where programs and the page reach the daemon'),
  'rpc-hosts': entry('page', several(hostName), [], 'names by which it may be called, besides localhost and addresses'),
  'rpc-user': entry('page', words, 'shoal', 'the name to sign in with'),
  'rpc-password': entry('page', secret, '', 'the password to sign in with; empty: the text in the file "token"'),
}

/** What bounds the page and programs: they cannot change it themselves. */
export const FOR_OWNER: readonly (keyof typeof SETTING_TABLE)[] = ['download-roots', 'page-roots']

/** Ports and sockets are opened once: the others hold as soon as they are changed. */
export const FOR_NEXT_START: readonly (keyof typeof SETTING_TABLE)[] = [
  'listen',
  'direct-on',
  'nearby',
  'direct-port',
  'rpc-listen',
]
