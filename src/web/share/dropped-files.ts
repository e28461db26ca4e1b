// What was dropped, folders included, as a flat list of files with their places.
import type { ChosenFile } from '../state/dialogs.ts'

/** As many as an upload may have. */
export const MAX_FILES = 20_000

export async function droppedFiles(transfer: DataTransfer): Promise<ChosenFile[]> {
  // To be asked for before anything is awaited: the list is emptied then.
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  const found: ChosenFile[] = []
  for (const entry of entries) await collect(entry, found)
  return found
}

async function collect(entry: FileSystemEntry, found: ChosenFile[]): Promise<void> {
  if (found.length >= MAX_FILES) return
  if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    found.push({ file, path: entry.fullPath.replace(/^\//, '') })
  } else if (entry instanceof FileSystemDirectoryEntry) {
    const reader = entry.createReader()
    for (;;) {
      // Browsers give a hundred at a time.
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
      if (some.length === 0) return
      for (const one of some) await collect(one, found)
    }
  }
}

/** Of an `<input type="file">`. */
export function chosenFiles(list: FileList): ChosenFile[] {
  return Array.from(list, (file) => ({ file, path: file.webkitRelativePath || file.name }))
}
