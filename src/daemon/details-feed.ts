// The inside of torrents that somebody watches, from second to second: each is looked at once for all who watch it, and by
// nobody else.
import { printAddress } from '../core/address.ts'
import { FileProgress } from '../core/file-progress.ts'
import type { Torrent } from '../engine/torrent.ts'
import { monotonicMs } from '../io/clock.ts'
import { Changing, type Listener, Looks } from './changing.ts'
import { DetailsMap, ShareText } from './details-map.ts'
import { factsOf, fileRows, peerRows, trackerRows } from './details-rows.ts'
import type { ListedTorrent } from './listed-torrent.ts'
import type { DetailsEvent, FileDetail, PeerDetail, PieceMap, TorrentFacts, TrackerDetail } from './rpc/page-types.ts'
import type { TorrentList } from './torrent-list.ts'

/** Somebody who watches a torrent, and perhaps one peer of it. */
export class DetailsReader implements Listener {
  told = 0
  readonly id: number
  /** `ip:port`. */
  readonly peer: string | undefined
  readonly #share = new ShareText()
  #text = ''

  constructor(id: number, peer?: string) {
    this.id = id
    this.peer = peer
  }

  /** What the peer has, if it is another than before. */
  peerShare({ peers }: Torrent, pieces: number, now: number): { readonly text: string; readonly isNew: boolean } {
    if (this.peer === undefined) return { text: '', isNew: false }
    const peer = [...peers].find(({ address }) => printAddress(address) === this.peer)
    const text = peer?.have === undefined ? '' : this.#share.of(peer.have, pieces, now)
    const isNew = text !== this.#text
    this.#text = text
    return { text, isNew }
  }
}

export class DetailsFeed {
  readonly #list: TorrentList
  /** Torrents that are watched, by number, and by how many: as many as there are readers (events-route.ts). */
  readonly #watched = new Map<number, { readonly details: TorrentDetails; readers: number }>()

  constructor(list: TorrentList) {
    this.#list = list
  }

  /** Whoever opens a reader closes it. */
  open(id: number, peer?: string): DetailsReader {
    const watched = this.#watched.get(id)
    if (watched === undefined) this.#watched.set(id, { details: new TorrentDetails(), readers: 1 })
    else watched.readers++
    return new DetailsReader(id, peer)
  }

  close({ id }: DetailsReader): void {
    const watched = this.#watched.get(id)
    if (watched !== undefined && --watched.readers === 0) this.#watched.delete(id)
  }

  /** `undefined`: nothing new; 'gone': the torrent was removed. */
  newsFor(reader: DetailsReader): DetailsEvent | 'gone' | undefined {
    const listed = this.#list.get(reader.id)
    const watched = this.#watched.get(reader.id)
    if (listed === undefined || watched === undefined) return 'gone'
    return watched.details.newsFor(reader, listed)
  }
}

/** One torrent, as it was when last looked at. */
class TorrentDetails {
  readonly #looks = new Looks()
  readonly #files = new Changing<readonly Omit<FileDetail, 'done_bytes'>[]>([])
  readonly #peers = new Changing<readonly PeerDetail[]>([])
  readonly #trackers = new Changing<readonly TrackerDetail[]>([])
  readonly #map = new Changing<PieceMap | undefined>(undefined)
  readonly #facts = new Changing<TorrentFacts | undefined>(undefined)
  #pieces = new DetailsMap()
  /** Absent while the metadata is missing. */
  #progress: FileProgress | undefined
  /** A torrent that was moved begins anew under the same number. */
  #torrent: Torrent | undefined
  #info: Torrent['info']
  #priorities: Torrent['priorities']
  /** Counts other torrents, other files and other priorities. */
  #filesVersion = 0

  newsFor(reader: DetailsReader, listed: ListedTorrent): DetailsEvent | undefined {
    const now = monotonicMs()
    if (this.#looks.begin()) this.#look(listed, now)
    if (reader.told === this.#looks.number) return undefined
    const map = this.#map.value
    const { text: peer, isNew } = reader.peerShare(listed.torrent, map?.pieces ?? 0, now)
    const areFilesNew = this.#files.isNewTo(reader)
    const progress = areFilesNew ? [] : (this.#progress?.since(reader.told) ?? [])
    const facts = this.#facts.value
    const news: DetailsEvent = {
      ...(areFilesNew && { files: this.#fileDetails() }),
      ...(progress.length > 0 && { progress }),
      ...(this.#peers.isNewTo(reader) && { peers: this.#peers.value }),
      ...(this.#trackers.isNewTo(reader) && { trackers: this.#trackers.value }),
      ...(map !== undefined && (isNew || this.#map.isNewTo(reader)) && { map: { ...map, peer } }),
      ...(facts !== undefined && this.#facts.isNewTo(reader) && { facts }),
    }
    reader.told = this.#looks.number
    return Object.keys(news).length === 0 ? undefined : news
  }

  #fileDetails(): FileDetail[] {
    return this.#files.value.map((file, n) => ({ ...file, done_bytes: this.#progress?.doneBytes(n) ?? 0 }))
  }

  #look(listed: ListedTorrent, now: number): void {
    const { torrent } = listed
    const look = this.#looks.number
    this.#lookAtFiles(torrent, look)
    const status = torrent.status()
    this.#peers.note(look, peerRows(torrent))
    this.#trackers.note(look, trackerRows(torrent, status, this.#trackers.value))
    this.#map.note(look, this.#pieces.look(torrent, now))
    this.#facts.note(look, factsOf(listed, status))
  }

  #lookAtFiles(torrent: Torrent, look: number): void {
    const { info, priorities, content, kept } = torrent
    const isOther = torrent !== this.#torrent || info !== this.#info
    if (isOther) {
      this.#progress = info && new FileProgress(info.geometry)
      this.#pieces = new DetailsMap()
    }
    if (isOther || priorities !== this.#priorities) this.#filesVersion++
    this.#torrent = torrent
    this.#info = info
    this.#priorities = priorities
    this.#files.noteBy(look, String(this.#filesVersion), () => fileRows(torrent))
    const have = content?.have ?? kept
    if (have !== undefined) this.#progress?.update(have, look)
  }
}
