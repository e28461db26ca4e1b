// Asks HTTP trackers (BEP 3, 48): one request, one answer, nothing kept in between.
import { AppError } from '../core/errors.ts'
import type { InfoHash } from '../core/ids.ts'
import { type AnnounceAnswer, type AnnounceRequest, isFailure, type SwarmCounts } from '../core/tracker/announce.ts'
import { announceQuery, readAnnounceAnswer } from '../core/tracker/http-announce.ts'
import { withQuery } from '../core/tracker/http-query.ts'
import { readScrapeAnswer, scrapeQuery, scrapeUrl } from '../core/tracker/http-scrape.ts'
import { httpGet } from '../io/http-client.ts'

export interface HttpAsk {
  readonly url: string
  readonly family: 4 | 6
  readonly userAgent: string
  readonly signal: AbortSignal
}

/**
 * Fails with `tracker` (it refused, in its own words), `bad-answer`, `timeout`, `network`, `interrupted`, or `not-found`
 * if the host has no address of the family.
 */
export async function announceOverHttp(
  ask: HttpAsk,
  request: AnnounceRequest,
  trackerId: Uint8Array | undefined,
): Promise<AnnounceAnswer> {
  const body = await getBody(ask, withQuery(ask.url, announceQuery(request, trackerId)), /announce/)
  const answer = readAnnounceAnswer(body)
  if (isFailure(answer)) throw new AppError('tracker', answer.failure)
  return answer
}

/** One entry per hash; `undefined` where the tracker said nothing, and all of them if it offers no scrape. */
export async function scrapeOverHttp(
  ask: HttpAsk,
  infoHashes: readonly InfoHash[],
): Promise<readonly (SwarmCounts | undefined)[]> {
  const url = scrapeUrl(ask.url)
  if (url === undefined) return infoHashes.map(() => undefined)
  const body = await getBody(ask, withQuery(url, scrapeQuery(infoHashes)), /scrape/)
  const answer = readScrapeAnswer(body, infoHashes)
  if (isFailure(answer)) throw new AppError('tracker', answer.failure)
  return answer
}

/**
 * `hostPath`: a torrent's author may name a tracker on the reader's own machine, but not make us press the buttons of
 * whatever else listens there. libtorrent asks for the same words.
 */
async function getBody(ask: HttpAsk, url: string, hostPath: RegExp): Promise<Uint8Array> {
  const { family, userAgent, signal } = ask
  const target = new URL(url)
  const { status, body } = await httpGet(target, { family, userAgent, signal, hostPath })
  // Trackers send failures with any status. What does not even begin as a dictionary is some server's error page.
  const isDict = body[0] === 0x64
  if (status !== 200 && !isDict) throw new AppError('bad-answer', `${target.host} answers with HTTP status ${status}`)
  return body
}
