// The catalogue for programs that read XML: RSS 2.0 for feed readers, Torznab (torznab.github.io/spec-1.3-draft) for
// those that search many trackers at once.
import { printable } from '../core/printable.ts'
import { printSize } from '../core/sizes.ts'
import { absolute, type Here, type ListedTorrent } from './catalogue-view.ts'

/** Nobody sorts what is published here. */
const CATEGORY = 8000

/** Text as a part of XML or HTML, between tags or in quotes. */
export function escaped(text: string): string {
  const replacements: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  // XML has no place for these two, not even as numbers.
  const clean = printable(text).replace(/[\ufffe\uffff]/g, '')
  return clean.replace(/[&<>"]/g, (character) => replacements[character] ?? '').replaceAll("'", '&#39;')
}

export function rssFeed(torrents: readonly ListedTorrent[], words: string, here: Here): string {
  const title = words === '' ? 'Shoal tracker' : `Shoal tracker: ${words}`
  const items = torrents.map((torrent) => item(torrent, here, torrent.torrentBytes, ''))
  return channel('', title, here, items)
}

export interface TorznabPage {
  readonly torrents: readonly ListedTorrent[]
  readonly total: number
  readonly offset: number
}

export function torznabFeed({ torrents, total, offset }: TorznabPage, here: Here): string {
  const spaces =
    ' xmlns:torznab="http://torznab.com/schemas/2015/feed" xmlns:newznab="http://www.newznab.com/DTD/2010/feeds/attributes/"'
  const items = torrents.map((torrent) => item(torrent, here, torrent.sizeBytes, attributes(torrent)))
  return channel(spaces, 'Shoal tracker', here, [`<newznab:response offset="${offset}" total="${total}"/>`, ...items])
}

export function torznabCaps(mostEntries: number): string {
  return `${HEAD}<caps>
<server title="Shoal tracker"/>
<limits max="${mostEntries}" default="${mostEntries}"/>
<searching>
<search available="yes" supportedParams="q"/>
<tv-search available="no" supportedParams="q"/>
<movie-search available="no" supportedParams="q"/>
</searching>
<categories><category id="${CATEGORY}" name="Other"/></categories>
</caps>
`
}

/** `code`: newznab's numbers, such as 100 for who may not and 202 for what is not known. */
export function torznabError(code: number, description: string): string {
  return `${HEAD}<error code="${code}" description="${escaped(description)}"/>\n`
}

/** Is anything of ours in one of these categories? `list`: numbers and commas; empty for all. */
export function hasOurCategory(list: string): boolean {
  return list === '' || list.split(',').some((number) => number.trim() === String(CATEGORY))
}

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

function channel(spaces: string, title: string, here: Here, items: readonly string[]): string {
  return `${HEAD}<rss version="2.0"${spaces}>
<channel>
<title>${escaped(title)}</title>
<link>${escaped(absolute(`${here.prefix}/search`, here))}</link>
<description>Torrents that were published through this tracker</description>
${items.join('\n')}
</channel>
</rss>
`
}

/** `length`: RSS counts the bytes of what is enclosed, Torznab those of what the torrent is about. */
function item(torrent: ListedTorrent, here: Here, length: number, further: string): string {
  const link = escaped(absolute(torrent.torrent, here))
  const files = torrent.fileCount === 1 ? '1 file' : `${torrent.fileCount} files`
  return `<item>
<title>${escaped(torrent.name)}</title>
<guid isPermaLink="false">${torrent.hex}</guid>
<link>${link}</link>
<description>${printSize(torrent.sizeBytes)} in ${files}</description>
<pubDate>${new Date(torrent.publishedAt * 1000).toUTCString()}</pubDate>
<enclosure url="${link}" length="${length}" type="application/x-bittorrent"/>${further}
</item>`
}

function attributes({ counts, hex, magnet, sizeBytes, fileCount }: ListedTorrent): string {
  const all = {
    category: CATEGORY,
    seeders: counts.seeders,
    peers: counts.seeders + counts.leechers,
    grabs: counts.completed,
    infohash: hex,
    magneturl: magnet,
    size: sizeBytes,
    files: fileCount,
  }
  const lines = Object.entries(all).map(
    ([name, value]) => `\n<torznab:attr name="${name}" value="${escaped(String(value))}"/>`,
  )
  return `\n<size>${sizeBytes}</size>${lines.join('')}`
}
