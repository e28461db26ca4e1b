// The catalogue for browsers: a form and a table, without a script.
import { printSize } from '../core/sizes.ts'
import type { ListedTorrent } from './catalogue-view.ts'
import { escaped } from './catalogue-xml.ts'

export interface SearchPage {
  readonly torrents: readonly ListedTorrent[]
  readonly total: number
  readonly offset: number
  /** How many there are on a page. */
  readonly limit: number
  /** As they were typed. */
  readonly words: string
  /** Empty, or `/passkey`. */
  readonly prefix: string
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --quiet: #777; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 56rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.3rem; }
form { display: flex; gap: .5rem; }
input { flex: 1; min-width: 0; font: inherit; padding: .4rem .6rem; }
button { font: inherit; padding: .4rem 1rem; }
table { width: 100%; border-collapse: collapse; margin-top: 1.5rem; }
th { text-align: left; font-weight: normal; color: var(--quiet); }
th, td { padding: .6rem .4rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.links { white-space: nowrap; }
p { color: var(--quiet); }
`

/** Nothing of the page runs, loads or is framed; links tell nobody else where they were, which may have a passkey. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
}

export function searchPage(page: SearchPage): string {
  const { torrents, words, prefix } = page
  const feed = `${prefix}/rss${words === '' ? '' : `?q=${encodeURIComponent(words)}`}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words === '' ? '' : `${escaped(words)} - `}Shoal tracker</title>
<link rel="alternate" type="application/rss+xml" href="${escaped(feed)}">
<style>${STYLE}</style>
</head>
<body>
<h1>Shoal tracker</h1>
<form action="${prefix}/search" method="get">
<input type="search" name="q" value="${escaped(words)}" aria-label="Words of the name" maxlength="200" autofocus>
<button>Search</button>
</form>
${torrents.length === 0 ? '<p>Nothing is listed here.</p>' : tableOf(torrents)}
<p>${[...turns(page), `<a href="${escaped(feed)}">RSS</a>`].join(' &middot; ')}</p>
</body>
</html>
`
}

function tableOf(torrents: readonly ListedTorrent[]): string {
  return `<table>
<tr><th>Name</th><th class="number">Size</th><th class="number">Seeds</th><th class="number">Peers</th><th></th></tr>
${torrents.map(rowOf).join('\n')}
</table>`
}

function rowOf({ name, sizeBytes, counts, magnet, torrent }: ListedTorrent): string {
  const numbers = [printSize(sizeBytes), counts.seeders, counts.leechers]
  const cells = numbers.map((number) => `<td class="number">${number}</td>`).join('')
  const links = `<a href="${escaped(magnet)}">magnet</a> <a href="${escaped(torrent)}">.torrent</a>`
  return `<tr><td>${escaped(name)}</td>${cells}<td class="links">${links}</td></tr>`
}

/** Where there is more, and how much in all. */
function turns({ torrents, total, offset, limit, words, prefix }: SearchPage): string[] {
  const link = (text: string, to: number): string => {
    const url = `${prefix}/search?q=${encodeURIComponent(words)}&offset=${to}`
    return `<a href="${escaped(url)}">${text}</a>`
  }
  const parts = [`${total.toLocaleString('en')} in all`]
  if (offset > 0) parts.push(link('Back', Math.max(0, Math.min(offset, total) - limit)))
  if (offset + torrents.length < total && torrents.length > 0) parts.push(link('More', offset + limit))
  return parts
}
