// One interface over every BitTorrent program that the interop tests and the race run. A client gets one torrent: if
// its data lies in `dir` it checks and seeds, otherwise it downloads there. No PEX, DHT nodes, local discovery, uTP or
// port mapping; plaintext preferred; only 127.0.0.1.
import type { Address } from '../../../src/core/address.ts'

export interface Job {
  /** Path of a .torrent file; for libtorrent and ourselves a magnet link too. */
  readonly torrent: string
  readonly dir: string
}

/** Disposing ends the program and deletes its profile; `dir` stays. */
export interface Running extends AsyncDisposable {
  /** Where other peers reach it. */
  readonly address: Address
  readonly pid: number
  /** When it was given the torrent, on the clock of `performance.now()`. */
  readonly addedAt: number
  /** Resolves when the client says that it has every piece. */
  finished(timeoutMs?: number): Promise<void>
}

export interface Client {
  readonly name: string
  /** What is not installed, as a reason to skip; `undefined` if it can run. */
  readonly missing: string | undefined
  /** Whether it can be trusted to connect to what a tracker lists on this machine; if not, the other side must. */
  readonly connects: boolean
  /** Empty files are not made: what a download lacks may be them. */
  readonly skipsEmptyFiles?: boolean
  /** Resolves when the client listens and has taken the torrent. */
  start(job: Job): Promise<Running>
}

/** Long enough for tens of MB on a busy machine; a client that needs more hangs. */
export const FINISH_MS = 60_000
