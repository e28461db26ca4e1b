// What was dropped, folders included, as a flat list of files with their places.
import type { ChosenFile } from '../state/dialogs.ts'

/** As many as an upload may have. */
export const MAX_FILES = 20_000

export async function droppedFiles(transfer: DataTransfer): Promise<ChosenFile[]> {
  // To be asked for before anything is awaited: the list is emptied then.
  const items = Array.from(transfer.items, (item) => item.webkitGetAsEntry() ?? item.getAsFile())
  const found: ChosenFile[] = []
  for (const item of items) {
    // Without a place on this device, as of a picture dragged from a page.
    if (item instanceof File) found.push({ file: item, path: item.name })
    else if (item !== null) await collect(item, found)
  }
  return found
}

async function collect(entry: FileSystemEntry, found: ChosenFile[]): Promise<void> {
  if (found.length >= MAX_FILES) return
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    found.push({ file, path: entry.fullPath.replace(/^\//, '') })
  } else if (isFolder(entry)) {
    const reader = entry.createReader()
    for (;;) {
      // Browsers give a hundred at a time.
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
      if (some.length === 0) return
      for (const one of some) await collect(one, found)
    }
  }
}

// Chromium has no names for these kinds, so that `instanceof` would throw.
function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}

/** Of an `<input type="file">`. */
export function chosenFiles(list: FileList): ChosenFile[] {
  return Array.from(list, (file) => ({ file, path: file.webkitRelativePath || file.name }))
}
