// One test run of every pair: a seeder, a downloader, and a tracker by which they find each other.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { compareTrees } from '../support/tree.ts'
import type { Client, Job } from './clients/client.ts'
import type { Sample } from './sample.ts'
import { untilListed } from './scrape.ts'

export interface Exchange {
  readonly sample: Sample
  readonly seeder: Client
  readonly downloader: Client
  readonly infoHash: string
  /** Where the tracker answers announces over HTTP; it can be scraped there. */
  readonly trackerUrl: string
  /** What the downloader gets instead of the .torrent file. */
  readonly magnet?: string
}

/** Resolves when the downloader has the sample, byte for byte. */
export async function exchange({ sample, seeder, downloader, infoHash, trackerUrl, magnet }: Exchange): Promise<void> {
  const { dir, data } = sample.downloadDir('got')
  const seed: Job = { torrent: sample.torrent, dir: sample.seedDir }
  const download: Job = { torrent: magnet ?? sample.torrent, dir }
  // Who cannot connect starts first, and the other finds it in the tracker.
  const isSeederFirst = downloader.connects
  await using first = await (isSeederFirst ? seeder.start(seed) : downloader.start(download))
  await untilListed(trackerUrl, infoHash, isSeederFirst ? 'complete' : 'incomplete')
  await using second = await (isSeederFirst ? downloader.start(download) : seeder.start(seed))
  await (isSeederFirst ? second : first).finished()
  const differences = compareTrees(sample.data, data)
  const isExcused = (line: string): boolean =>
    downloader.skipsEmptyFiles === true && line.startsWith(join(data, sample.emptyFolder))
  assert.deepEqual(
    differences.filter((line) => !isExcused(line)),
    [],
  )
}

/** Why a test with these programs cannot run here; false if it can. */
export function skipWithout(...needed: readonly { readonly missing: string | undefined }[]): string | false {
  const missing = needed.flatMap((program) => program.missing ?? [])
  return missing.length > 0 && `not installed: ${missing.join(', ')}`
}
