// .torrent files that were chosen or dropped together: their dialogs are opened one after the other.
import { effect, signal } from '@preact/signals'
import { dialog, openDialog } from '../state/dialogs.ts'

/** As many as anybody would go through by hand. */
const MOST = 100

/** Those whose turn has not come. */
export const waiting = signal<readonly File[]>([])

export function isTorrentFile({ name }: File): boolean {
  return name.toLowerCase().endsWith('.torrent')
}

export function openTorrents(files: readonly File[]): void {
  waiting.value = [...waiting.peek(), ...files].slice(0, MOST)
}

effect(() => {
  const [first, ...others] = waiting.value
  if (first === undefined || dialog.value !== undefined) return
  waiting.value = others
  openDialog({ kind: 'download', torrent: first })
})
