// What the daemon tells Prometheus.
import { metric } from '../core/prometheus.ts'
import type { Daemon } from './daemon.ts'
import { type ListedState, stateOf } from './listed-torrent.ts'

const STATES: readonly ListedState[] = ['metadata', 'checking', 'downloading', 'seeding', 'stopped', 'queued', 'failed']

export function metricsText({ session, list, startedAtMs }: Daemon): string {
  const byState = new Map(STATES.map((state) => [state, 0]))
  let [downloaded, uploaded, wasted] = [0, 0, 0]
  for (const listed of list) {
    const { torrent } = listed
    const state = stateOf(listed)
    byState.set(state, (byState.get(state) ?? 0) + 1)
    downloaded += torrent.downloadedBytes
    uploaded += torrent.uploadedBytes
    wasted += torrent.wastedBytes
  }
  const violations = [...session.violations].map(([word, count]): [string, number] => [`{rule="${word}"}`, count])
  return [
    metric(
      'shoal_torrents',
      'gauge',
      'Torrents by state.',
      [...byState].map(([state, count]) => [`{state="${state}"}`, count]),
    ),
    metric('shoal_peers', 'gauge', 'Connected peers.', [['', session.peerCount]]),
    metric('shoal_downloaded_bytes_total', 'counter', 'Payload received since the start.', [['', downloaded]]),
    metric('shoal_uploaded_bytes_total', 'counter', 'Payload sent since the start.', [['', uploaded]]),
    metric('shoal_wasted_bytes_total', 'counter', 'Payload that was not needed or was bad.', [['', wasted]]),
    metric('shoal_violations_total', 'counter', 'Peers that broke a rule, by rule.', violations),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', [['', process.memoryUsage.rss()]]),
    metric('process_start_time_seconds', 'gauge', 'Start of the daemon, seconds since 1970.', [
      ['', startedAtMs / 1000],
    ]),
  ].join('')
}
