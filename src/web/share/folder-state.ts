// What a folder browser shows: one folder of the machine where Shoal runs, and the way to it.
import { type Signal, signal } from '@preact/signals'
import type { FolderListing } from '../../daemon/rpc/page-types.ts'
import { call, sentenceOf } from '../state/api.ts'

/** Where somebody was last, in any browser of this visit. */
let lastPath: string | undefined

export class FolderState {
  readonly listing: Signal<FolderListing | undefined> = signal(undefined)
  readonly roots: Signal<readonly string[]> = signal([])
  /** Why it could not be opened; what was open stays. */
  readonly problem: Signal<string> = signal('')
  #loading: AbortController | undefined

  /** The folder to begin with; where that cannot be opened, the outermost ones. */
  async begin(start: string | undefined): Promise<void> {
    const roots = await call<FolderListing>('shoal_browse')
    this.roots.value = roots.entries.map(({ path }) => path)
    const path = start === undefined || start === '' ? lastPath : start
    if (path === undefined || !(await this.open(path))) {
      this.listing.value = roots
      this.problem.value = ''
    }
  }

  /** `undefined`: the outermost ones. Did it open? The latest wins. */
  async open(path: string | undefined): Promise<boolean> {
    this.#loading?.abort()
    const loading = new AbortController()
    this.#loading = loading
    try {
      const listing = await call<FolderListing>('shoal_browse', path === undefined ? {} : { path }, loading.signal)
      this.listing.value = listing
      this.problem.value = ''
      lastPath = listing.path ?? undefined
      return true
    } catch (error) {
      if (!loading.signal.aborted) this.problem.value = sentenceOf(error)
      return false
    }
  }

  async make(path: string): Promise<void> {
    const made = await call<{ path: string }>('shoal_make_folder', { path })
    await this.open(made.path)
  }

  close(): void {
    this.#loading?.abort()
  }
}
