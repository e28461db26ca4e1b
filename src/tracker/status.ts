// What a tracker tells of itself: as text, as a page, and for Prometheus.
import { metric } from '../core/prometheus.ts'
import type { Counters } from './counters.ts'
import type { StoreCounts, SwarmStore } from './store.ts'

/** Calls are counted since the start. */
export interface TrackerFigures extends StoreCounts {
  readonly announces: { readonly http: number; readonly udp: number; readonly websocket: number }
  readonly scrapes: number
  readonly refusals: number
}

export async function figuresOf(store: SwarmStore, counters: Counters): Promise<TrackerFigures> {
  const [overHttp, udp, websocket] = [counters.total('http'), counters.total('udp'), counters.total('websocket')]
  return {
    ...(await store.counts()),
    announces: { http: overHttp, udp, websocket },
    scrapes: counters.total('scrapes'),
    refusals: counters.total('refusals'),
  }
}

export function statusText({ torrents, peers, announces }: TrackerFigures): string {
  const total = announces.http + announces.udp + announces.websocket
  return `Shoal tracker\n\ntorrents   ${torrents}\npeers      ${peers}\nannounces  ${total}\n`
}

export function metricsText({ torrents, peers, announces, scrapes, refusals }: TrackerFigures): string {
  return [
    metric('shoal_tracker_torrents', 'gauge', 'Torrents that have peers.', [['', torrents]]),
    metric('shoal_tracker_peers', 'gauge', 'Peers, counted in each of their torrents.', [['', peers]]),
    metric('shoal_tracker_announces_total', 'counter', 'Announces that were answered.', [
      ['{via="http"}', announces.http],
      ['{via="udp"}', announces.udp],
      ['{via="websocket"}', announces.websocket],
    ]),
    metric('shoal_tracker_scrapes_total', 'counter', 'Scrapes that were answered.', [['', scrapes]]),
    metric('shoal_tracker_refusals_total', 'counter', 'Calls that the access rules refused.', [['', refusals]]),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', [['', process.memoryUsage.rss()]]),
  ].join('')
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --quiet: #777; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.3rem; }
dl { display: grid; grid-template-columns: 1fr auto; border-top: 1px solid var(--line); }
dt, dd { margin: 0; padding: .6rem .2rem; border-bottom: 1px solid var(--line); }
dd { text-align: right; font-variant-numeric: tabular-nums; }
p { color: var(--quiet); }
code { overflow-wrap: anywhere; }
`

/** A link: in a form, words would vanish while they are typed, because the page is loaded again every five seconds. */
const SEARCH = '\n<p><a href="/search">Search the catalogue</a></p>'

/** `host`: how the browser called us, checked by the caller. */
export function statusPage(
  { torrents, peers, announces, scrapes, refusals }: TrackerFigures,
  host: string,
  hasCatalogue = false,
): string {
  const rows = [
    ['Torrents', torrents],
    ['Peers', peers],
    ['Announces over HTTP', announces.http],
    ['Announces over UDP', announces.udp],
    ['Announces over WebSocket', announces.websocket],
    ['Scrapes', scrapes],
    ['Refused', refusals],
  ] as const
  const list = rows.map(([title, value]) => `<dt>${title}</dt><dd>${value.toLocaleString('en')}</dd>`).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Shoal tracker</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Shoal tracker</h1>
<dl>
${list}
</dl>
<p>Announce URLs: <code>http://${host}/announce</code>, <code>udp://${host}/announce</code>, <code>ws://${host}/announce</code></p>${hasCatalogue ? SEARCH : ''}
</body>
</html>
`
}
