// Asks a tracker over HTTP who is there, so that a test can start its downloader when the seeder has announced.
import { fromHex } from '../../src/core/bytes.ts'
import { until } from '../support/program.ts'

/** Waits until the tracker counts that many peers of the torrent with (`complete`) and without (`incomplete`) all data. */
export async function untilListed(
  announceUrl: string,
  infoHash: string,
  counts: { readonly complete?: number; readonly incomplete?: number },
): Promise<void> {
  const bytes = fromHex(infoHash) ?? new Uint8Array()
  const hash = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const url = `${announceUrl.replace('/announce', '/scrape')}?info_hash=${hash}`
  await until(`the tracker lists ${JSON.stringify(counts)}`, async () => {
    const answer = await (await fetch(url)).text()
    return Object.entries(counts).every(([kind, atLeast]) => count(answer, kind) >= atLeast)
  })
}

function count(answer: string, kind: string): number {
  return Number(new RegExp(`\\d:${kind}i(\\d+)e`).exec(answer)?.[1] ?? 0)
}
