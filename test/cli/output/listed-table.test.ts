import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListedTorrent } from '../../../src/core/tracker/catalogue-answer.ts'
import { listedTable } from '../../../src/cli/output/listed-table.ts'

const PHOTOS: ListedTorrent = {
  hash: 'ab'.repeat(20),
  name: 'A rather long name of photos of the summer',
  sizeBytes: 3_000_000,
  fileCount: 2,
  seeders: 12,
  leechers: 3,
  completed: 0,
  publishedAt: undefined,
}

test('a table of torrents has the whole hash, also on a narrow terminal, where other columns give way', () => {
  assert.equal(
    listedTable([PHOTOS], 80),
    `#  Name                    Size  Seeds  Info-hash\n1  A rather long name…  3.00 MB     12  ${PHOTOS.hash}\n`,
  )
  const [titles, row] = listedTable([PHOTOS], 200).split('\n')
  assert.match(titles ?? '', /^# {2}Name +Size {2}Seeds {2}Peers {2}Age {2}Info-hash$/)
  assert.match(row ?? '', /^1 {2}A rather long name of photos of the summer {2}3\.00 MB +12 +3 +(?:ab){20}$/)
})

test('the age is that since the tracker listed it', () => {
  const old = { ...PHOTOS, publishedAt: Date.now() - 3 * 86_400_000 - 3_600_000 * 4.5 }
  assert.match(listedTable([old], undefined), / 3d04h {2}abab/)
})
