// Which dialog is open, and what for. One at a time; dialogs.tsx draws it.
import { signal } from '@preact/signals'

/** A file that was dropped or chosen, and where it stood in its folder. */
export interface ChosenFile {
  readonly file: File
  /** With `/`; only its name if it was chosen by itself. */
  readonly path: string
}

export type OpenDialog =
  /** `source`: a magnet link, a web address or an info-hash; `torrent`: a .torrent; `decide`: one that waits for a choice. */
  | { readonly kind: 'download'; readonly source?: string; readonly torrent?: File }
  | { readonly kind: 'decide'; readonly hash: string }
  /** `found`: of `shoal_search`, in a tracker's catalogue. */
  | { readonly kind: 'found'; readonly source: string; readonly hash: string }
  | { readonly kind: 'share'; readonly files?: readonly ChosenFile[] }
  /** Link, QR code, and who has it. */
  | { readonly kind: 'shared'; readonly hash: string }
  /** To people: of this browser's files or of the machine's. */
  | {
      readonly kind: 'send'
      readonly to: readonly string[]
      readonly files?: readonly ChosenFile[]
      readonly paths?: readonly string[]
    }
  | { readonly kind: 'play'; readonly hash: string; readonly file: number }

export const dialog = signal<OpenDialog | undefined>(undefined)

export function openDialog(wanted: OpenDialog): void {
  dialog.value = wanted
}

export function closeDialog(): void {
  dialog.value = undefined
}
