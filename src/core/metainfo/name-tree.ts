// Gives each file of a torrent a path of its own. Two names can become equal by cleaning, on some platforms by case or
// Unicode form, or because one torrent wants `a` to be a file and a folder: the later one is called `a (1)`.
import { type Platform, shortened, splitExtension } from './safe-path.ts'

/**
 * What a file is called until every piece of it is verified. A name and its `.part` are taken together: in a torrent
 * with the files `a` and `a.part`, one would be written over the other.
 */
export const PART_SUFFIX = '.part'
/** Room for ` (2000000)`. */
const NUMBERED_NAME_BYTES = 230

interface Folder {
  /** Keys of all names in use here. */
  readonly taken: Set<string>
  readonly folders: Map<string, { readonly name: string; readonly folder: Folder }>
  /** The last number given to names with this beginning and end, so that a million equal names cost a million steps. */
  readonly numbers: Map<string, number>
}

/** Paths of one torrent, in the order of its files: the same torrent gives the same paths at every start. */
export class NameTree {
  readonly #root: Folder = newFolder()
  readonly #platform: Platform

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /** The path for the next file, which has passed safe-path.ts: unlike all before it. */
  place(path: readonly string[]): string[] {
    let folder = this.#root
    return path.map((element, n) => {
      if (n === path.length - 1) return this.#take(folder, element, true)
      const next = this.#enter(folder, element)
      folder = next.folder
      return next.name
    })
  }

  #enter(parent: Folder, wanted: string): { readonly name: string; readonly folder: Folder } {
    const known = parent.folders.get(this.#key(wanted))
    if (known !== undefined) return known
    const entry = { name: this.#take(parent, wanted, false), folder: newFolder() }
    parent.folders.set(this.#key(wanted), entry)
    return entry
  }

  #take(folder: Folder, wanted: string, isFile: boolean): string {
    const name = this.#isFree(folder, wanted, isFile) ? wanted : this.#numbered(folder, wanted, isFile)
    folder.taken.add(this.#key(name))
    if (isFile) folder.taken.add(this.#key(name + PART_SUFFIX))
    return name
  }

  #isFree(folder: Folder, name: string, isFile: boolean): boolean {
    return !folder.taken.has(this.#key(name)) && !(isFile && folder.taken.has(this.#key(name + PART_SUFFIX)))
  }

  #numbered(folder: Folder, wanted: string, isFile: boolean): string {
    const { stem, extension } = splitExtension(shortened(wanted, NUMBERED_NAME_BYTES))
    const series = `${this.#key(stem)}/${this.#key(extension)}`
    let number = folder.numbers.get(series) ?? 0
    let name: string
    do name = `${stem} (${++number})${extension}`
    while (!this.#isFree(folder, name, isFile))
    folder.numbers.set(series, number)
    return name
  }

  /** Equal for names that the platform's usual file systems take for the same. */
  #key(name: string): string {
    if (this.#platform !== 'win32' && this.#platform !== 'darwin') return name
    return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
  }
}

function newFolder(): Folder {
  return { taken: new Set(), folders: new Map(), numbers: new Map() }
}
