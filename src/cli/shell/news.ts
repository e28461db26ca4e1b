// What happens while somebody types: torrents that are complete, or failed.
import type { DaemonClient } from '../daemon-client.ts'
import type { TorrentEvent } from '../../daemon/rpc/types.ts'
import { printable } from '../output/text.ts'

/** Calls `tell` with each line of news, until the signal or the end of the daemon. What is there already is no news. */
export async function tellNews(daemon: DaemonClient, tell: (line: string) => void, signal: AbortSignal): Promise<void> {
  const news = new News()
  let isFirst = true
  for await (const { changed, removed } of daemon.events(signal)) {
    for (const torrent of changed) {
      const line = news.of(torrent)
      if (line !== undefined && !isFirst) tell(line)
    }
    for (const id of removed) news.forget(id)
    isFirst = false
  }
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
