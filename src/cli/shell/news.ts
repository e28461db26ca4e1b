// What happens while somebody types: torrents that came, are complete, failed or went.
import type { DaemonClient } from '../daemon-client.ts'
import type { TorrentEvent } from '../../daemon/rpc/types.ts'
import { printable } from '../output/text.ts'

const STATES_TOLD: Readonly<Record<string, string>> = { seeding: 'is complete', failed: 'failed' }

/** Calls `tell` with each line of news, until the signal or the end of the daemon. What is there already is no news. */
export async function tellNews(daemon: DaemonClient, tell: (line: string) => void, signal: AbortSignal): Promise<void> {
  const known = new Map<number, TorrentEvent>()
  let isFirst = true
  for await (const { changed, removed } of daemon.events(signal)) {
    for (const torrent of changed) {
      const before = known.get(torrent.id)
      known.set(torrent.id, torrent)
      const line = isFirst ? undefined : newsOf(before, torrent)
      if (line !== undefined) tell(line)
    }
    for (const id of removed) known.delete(id)
    isFirst = false
  }
}

function newsOf(before: TorrentEvent | undefined, now: TorrentEvent): string | undefined {
  const word = STATES_TOLD[now.state]
  const wasBusy = before?.state === 'downloading' || (before?.state !== now.state && now.state === 'failed')
  if (word === undefined || before?.state === now.state || !wasBusy) return undefined
  return `${now.id} ${printable(now.name)} ${word}${now.error === '' ? '' : `: ${printable(now.error)}`}`
}
