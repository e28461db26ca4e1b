// Asks a tracker over HTTP who is there, so that a test can start its downloader when the seeder has announced.
import { fromHex } from '../../src/core/bytes.ts'
import { until } from '../support/program.ts'

/** Waits until the tracker lists a peer of the torrent that has all data (`complete`) or not (`incomplete`). */
export async function untilListed(
  announceUrl: string,
  infoHash: string,
  kind: 'complete' | 'incomplete',
): Promise<void> {
  const hash = Array.from(fromHex(infoHash) ?? [], (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const url = `${announceUrl.replace('/announce', '/scrape')}?info_hash=${hash}`
  const isListed = new RegExp(`\\d:${kind}i[1-9]`)
  await until(`the tracker lists a peer as ${kind}`, async () => isListed.test(await (await fetch(url)).text()))
}
