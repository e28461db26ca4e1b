// Taking a torrent's files away: what it made, and nothing else.
import { lstatSync, rmdirSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unless } from './disk-error.ts'
import { PARTS_FILE, type TorrentFiles } from './torrent-files.ts'

/** See `Storage.removeFiles`. */
export function removeFiles(files: TorrentFiles): void {
  files.all.forEach(({ isPad, symlink }, file) => {
    if (isPad) return
    if (symlink !== undefined) removeLink(files, file)
    else if (isOurs(files, file)) removeFile(files, file)
  })
  removeFile(files, PARTS_FILE)
  removeFolders(files)
}

/** Somebody's file that has the size and the place of one of ours is not known to be ours. */
function isOurs(files: TorrentFiles, file: number): boolean {
  const place = files.place(file)
  return place === 'part' || place === 'real' || (place === 'foreign' && files.file(file).length === 0)
}

function removeFile(files: TorrentFiles, file: number): void {
  files.closeFile(file)
  const path = files.currentPath(file)
  if (files.stats(path) === undefined) return
  const folder = files.folders.find(path)
  files.writing(file, () => unless(['ENOENT'], () => unlinkSync(join(folder ?? '', path.at(-1) ?? ''))))
}

function removeLink(files: TorrentFiles, file: number): void {
  const path = files.realPath(file)
  const folder = files.folders.find(path)
  if (folder === undefined) return
  const name = join(folder, path.at(-1) ?? '')
  const isLink = lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink() === true
  if (isLink) files.writing(file, () => unless(['ENOENT'], () => unlinkSync(name)))
}

/** Those that are empty now, the deepest first. The download folder stays. */
export function removeFolders(files: TorrentFiles): void {
  const folders = new Set<string>()
  for (const { path, isPad } of files.all) {
    if (isPad) continue
    for (let folder = dirname(path.join('/')); folder !== '.'; folder = dirname(folder)) folders.add(folder)
  }
  const deepestFirst = [...folders].toSorted((a, b) => b.split('/').length - a.split('/').length)
  for (const folder of deepestFirst) {
    const path = files.folders.find([...folder.split('/'), ''])
    if (path !== undefined) unless(['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EACCES', 'EPERM'], () => rmdirSync(path))
  }
}
