import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromLatin1 } from '../../../src/core/bytes.ts'
import { type InfoHash, infoHash } from '../../../src/core/ids.ts'
import { isFailure } from '../../../src/core/tracker/announce.ts'
import {
  parseScrapeQuery,
  readScrapeAnswer,
  scrapeQuery,
  scrapeUrl,
  writeScrapeAnswer,
} from '../../../src/core/tracker/http-scrape.ts'

function hash(fill: string): InfoHash {
  const made = infoHash(fromLatin1(fill.repeat(20)))
  assert(made !== undefined)
  return made
}

test('[87] the scrape URL is the announce URL with announce in the path replaced, or there is none', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['http://example.com/announce', 'http://example.com/scrape'],
    ['http://example.com/x/announce', 'http://example.com/x/scrape'],
    ['http://example.com/announce.php', 'http://example.com/scrape.php'],
    ['https://example.com/announce?x=announce', 'https://example.com/scrape?x=announce'],
    ['http://example.com/announce/passkey', 'http://example.com/scrape/passkey'],
    ['http://example.com/announcements/announce', 'http://example.com/announcements/scrape'],
    ['http://announce.example.com/a', undefined],
    ['http://example.com/a?announce', undefined],
    ['http://example.com', undefined],
    ['udp://example.com:80/announce', undefined],
    ['nonsense', undefined],
  ]
  for (const [announceUrl, expected] of cases) assert.equal(scrapeUrl(announceUrl), expected, announceUrl)
})

test('[87] several hashes are asked for at once, at most 74 are heard', () => {
  const hashes = [hash('\xff'), hash('+'), hash('a')]
  assert.deepEqual(parseScrapeQuery(scrapeQuery(hashes)), { infoHashes: hashes })
  const many = parseScrapeQuery(scrapeQuery(Array<InfoHash>(80).fill(hash('a'))))
  assert(!isFailure(many))
  assert.equal(many.infoHashes.length, 74)
  assert(isFailure(parseScrapeQuery('info_hash=short')))
  assert(isFailure(parseScrapeQuery('')))
})

test('[87] an answer may lack hashes that were asked for', () => {
  const bytes = writeScrapeAnswer(
    [hash('a'), hash('\xff')],
    [
      { seeders: 1, leechers: 2, completed: 3 },
      { seeders: 4, leechers: 5, completed: 6 },
    ],
  )
  assert.deepEqual(readScrapeAnswer(bytes, [hash('\xff'), hash('b'), hash('a')]), [
    { seeders: 4, leechers: 5, completed: 6 },
    undefined,
    { seeders: 1, leechers: 2, completed: 3 },
  ])
})

test('the example of BEP 48 is written as it stands there', () => {
  const bytes = writeScrapeAnswer(
    [hash('y'), hash('x')],
    [
      { seeders: 21, completed: 206, leechers: 20 },
      { seeders: 11, completed: 13772, leechers: 19 },
    ],
  )
  assert.deepEqual(
    bytes,
    fromLatin1(
      'd5:filesd20:xxxxxxxxxxxxxxxxxxxxd8:completei11e10:downloadedi13772e10:incompletei19ee' +
        '20:yyyyyyyyyyyyyyyyyyyyd8:completei21e10:downloadedi206e10:incompletei20eeee',
    ),
  )
})

test('a refusal or nonsense is a failure; odd entries are zeros', () => {
  assert.deepEqual(readScrapeAnswer(fromLatin1('d14:failure reason4:busye'), []), { failure: 'busy' })
  assert(isFailure(readScrapeAnswer(fromLatin1('oops'), [])))
  assert.deepEqual(readScrapeAnswer(fromLatin1(`d5:filesd20:${'a'.repeat(20)}d8:completei-1eeee`), [hash('a')]), [
    { seeders: 0, leechers: 0, completed: 0 },
  ])
})
