// A torrent's trackers as `torrent_get` shows them.
import { tiersOf } from '../../engine/torrent-announce.ts'
import type { TrackerStatus } from '../../engine/torrent-status.ts'
import type { JsonObject } from './method.ts'
import type { Look } from './torrent-fields.ts'

/** Counts that nobody told. */
const UNKNOWN = -1

interface Tracker extends JsonObject {
  readonly announce: string
  readonly tier: number
}

export function trackers(look: Look): Tracker[] {
  return tiersOf(look.listed.torrent)
    .flatMap((urls, tier) => urls.map((url) => ({ announce: url, tier })))
    .map((tracker, id) => ({
      ...tracker,
      id,
      scrape: '',
      sitename: siteName(tracker.announce),
    }))
}

/** `tr_tracker_state`: inactive, waiting, queued, active. */
const ANNOUNCE_STATE: Readonly<Record<TrackerStatus['state'], number>> = {
  stopped: 0,
  waiting: 1,
  working: 1,
  failed: 1,
  announcing: 3,
}

export function trackerStats(look: Look): JsonObject[] {
  const known = new Map(look.status.trackers.map((tracker) => [tracker.url, tracker]))
  const now = Date.now()
  return trackers(look).map((tracker) => {
    const status = known.get(tracker.announce)
    const hasAnswered = status?.state === 'working'
    const hasAnnounced = hasAnswered || status?.state === 'failed'
    const nextMs = status?.nextAnnounceMs
    const lastMs = status?.lastAnnounceMs
    return {
      ...tracker,
      announce_state: ANNOUNCE_STATE[status?.state ?? 'stopped'],
      download_count: UNKNOWN,
      downloader_count: UNKNOWN,
      has_announced: hasAnnounced,
      has_scraped: false,
      host: siteHost(tracker.announce),
      is_backup: false,
      last_announce_peer_count: status?.peersReceived ?? 0,
      last_announce_result: status?.message ?? (hasAnswered ? 'Success' : ''),
      last_announce_start_time: 0,
      last_announce_succeeded: hasAnswered,
      last_announce_time: lastMs === undefined ? 0 : Math.floor((now - lastMs) / 1000),
      last_announce_timed_out: false,
      last_scrape_result: '',
      last_scrape_start_time: 0,
      last_scrape_succeeded: false,
      last_scrape_time: 0,
      last_scrape_timed_out: false,
      leecher_count: status?.leechers ?? UNKNOWN,
      next_announce_time: nextMs === undefined ? 0 : Math.floor((now + nextMs) / 1000),
      next_scrape_time: 0,
      scrape_state: 0,
      seeder_count: status?.seeders ?? UNKNOWN,
    }
  })
}

function siteHost(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}

/** The part of a host's name that people know it by: `tracker.example.org` is `example`. */
function siteName(url: string): string {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  if (/^[\d.]+$|:/.test(host)) return host
  const parts = host.split('.')
  return parts.at(-2) ?? host
}
