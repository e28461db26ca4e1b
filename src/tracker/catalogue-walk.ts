// Walks through the catalogue, slowly: what nobody has shared for two weeks goes away.
import { AppError } from '../core/errors.ts'
import type { Catalogue } from './catalogue.ts'
import type { SwarmStore } from './store.ts'

const STEP_MS = 60_000
/** 200,000 entries take 17 hours. */
const STEP_ENTRIES = 200
const LOOK_EVERY_SEC = 6 * 3600
/** One look finds at most this much silence: the tracker may have been off in between. */
const MAX_LOOK_SEC = 86_400
const KEEP_SEC = 14 * 86_400

/** One step. A store that cannot be asked says nothing about anybody's peers: then it rejects, and nothing changes. */
export async function lookForPeers(catalogue: Catalogue, store: SwarmStore): Promise<void> {
  const due = catalogue.looksDue(LOOK_EVERY_SEC, STEP_ENTRIES)
  if (due.length === 0) return
  const counts = await store.scrape(due.map(({ infoHash }) => infoHash))
  const looks = due.map((look, n) => {
    const { seeders = 0, leechers = 0 } = counts[n] ?? {}
    return { ...look, hasPeers: seeders + leechers > 0 }
  })
  for (const { infoHash, idleSec } of catalogue.noteLooks(looks, MAX_LOOK_SEC)) {
    if (idleSec > KEEP_SEC) catalogue.remove(infoHash)
  }
}

/** Takes a step every minute. Stop it before catalogue and store are closed. */
export class CatalogueWalk {
  readonly #timer: NodeJS.Timeout
  #step: Promise<void> = Promise.resolve()

  constructor(catalogue: Catalogue, store: SwarmStore) {
    this.#timer = setInterval(() => {
      this.#step = this.#step.then(() => lookForPeers(catalogue, store)).catch(ignoreWorld) // the next may work
    }, STEP_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#step
  }
}

function ignoreWorld(error: unknown): void {
  if (!(error instanceof AppError)) throw error
}
