// What happens while somebody types: torrents that are complete or failed, people who offer and say something.
import type { DaemonClient } from '../daemon-client.ts'
import type { PeopleEvent, TorrentEvent } from '../../daemon/rpc/types.ts'
import { printable } from '../../core/printable.ts'
import { printSize } from '../../core/sizes.ts'

/** Calls `tell` with each line of news, until the signal or the end of the daemon. What is there already is no news. */
export async function tellNews(daemon: DaemonClient, tell: (line: string) => void, signal: AbortSignal): Promise<void> {
  const news = new News()
  let isFirst = true
  for await (const { event, data } of daemon.events(signal)) {
    if (event === 'people') {
      for (const line of peopleNews(data)) tell(line)
    }
    if (event !== 'torrents') continue
    const { changed, removed } = data
    for (const torrent of changed) {
      const line = news.of(torrent)
      if (line !== undefined && !isFirst) tell(line)
    }
    for (const id of removed) news.forget(id)
    isFirst = false
  }
}

/** Offers that wait, and what became of them; messages. */
export function peopleNews({ offers, messages }: PeopleEvent): string[] {
  const told = offers.flatMap(({ id, from, files, fileCount, totalBytes, state, dir, error }) => {
    const more = fileCount === 1 ? '' : ` and ${fileCount - 1} more`
    const what = `${printable(files[0]?.name ?? '')}${more}`
    switch (state) {
      case 'asking':
        return [
          `${printable(from)} wants to give you ${what} (${printSize(totalBytes)}): accept ${id}, or decline ${id}`,
        ]
      case 'done':
        return [`${what} from ${printable(from)} is in ${printable(dir)}`]
      case 'failed':
        return [`${what} from ${printable(from)} failed: ${printable(error)}`]
      case 'receiving':
      case 'declined':
      case 'cancelled':
        return []
    }
  })
  return [...told, ...messages.map(({ from, text }) => `${printable(from)} says: ${printable(text)}`)]
}

/** Looks come once a second: what lies between two of them is not seen. */
export class News {
  readonly #states = new Map<number, TorrentEvent['state']>()
  /** Known to lack something. Files that are only checked are complete from the beginning, which is no news. */
  readonly #incomplete = new Set<number>()

  of(now: TorrentEvent): string | undefined {
    const { id, state, error } = now
    const before = this.#states.get(id)
    this.#states.set(id, state)
    const isMissing = state === 'stopped' && now.done_bytes < now.wanted_bytes
    if (state === 'downloading' || state === 'metadata' || isMissing) this.#incomplete.add(id)
    const name = `${id} ${printable(now.name)}`
    if (state === 'failed' && before !== 'failed') return `${name} failed: ${printable(error)}`
    if (state === 'seeding' && this.#incomplete.delete(id)) return `${name} is complete`
    return undefined
  }

  forget(id: number): void {
    this.#states.delete(id)
    this.#incomplete.delete(id)
  }
}
