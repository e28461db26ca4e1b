// Who may use a tracker, and for which torrents.
import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { toHex } from '../../src/core/bytes.ts'
import { isFailure } from '../../src/core/tracker/announce.ts'
import type { InfoHash } from '../../src/core/ids.ts'
import { scrapeQuery } from '../../src/core/tracker/http-scrape.ts'
import { writeAnnounceRequest } from '../../src/core/tracker/udp-packets.ts'
import type { AccessOptions } from '../../src/tracker/access.ts'
import { TrackerServer } from '../../src/tracker/tracker-server.ts'
import { makeHome, until } from '../support/program.ts'
import { announceHttp, getPage, joinHttp, makeRequest, someHash, UdpAsker } from '../support/tracker-asker.ts'

async function withTracker(access: AccessOptions, body: (tracker: TrackerServer, url: string) => Promise<void>) {
  await using cleanup = new AsyncDisposableStack()
  const tracker = cleanup.adopt(await TrackerServer.listen({ port: 0, host: '127.0.0.1', access }), (one) =>
    one.close(),
  )
  await body(tracker, `http://127.0.0.1:${tracker.port}/announce`)
}

const [a, b] = [someHash('a'), someHash('b')]

async function failureOf(url: string, infoHash = a): Promise<string | undefined> {
  const answer = await announceHttp(url, makeRequest({ infoHash }))
  return isFailure(answer) ? answer.failure : undefined
}

async function refusalOf(asker: UdpAsker, connectionId: Uint8Array, infoHash: InfoHash): Promise<string> {
  const answer = await asker.ask(writeAnnounceRequest(connectionId, 3, makeRequest({ infoHash })))
  assert(answer.kind === 'error')
  return answer.failure
}

test('allowed torrents are served, others are refused for good, over HTTP and UDP, announced or scraped', async () => {
  const allowed = join(makeHome('allow'), 'allowed.txt')
  writeFileSync(allowed, `# ours\n\n${toHex(a).toUpperCase()}  the first one\r\n`)
  await withTracker({ allowed }, async (tracker, url) => {
    await joinHttp(url, makeRequest({ infoHash: a }))
    assert.match((await failureOf(url, b)) ?? '', /does not serve that torrent/)
    const { body } = await getPage(`${url}?info_hash=${'b'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=1`)
    assert.match(Buffer.from(body).toString(), /8:retry in5:nevere$/, 'BEP 31')
    const scrape = await getPage(url.replace('announce', 'scrape') + `?${scrapeQuery([a, b])}`)
    assert.match(Buffer.from(scrape.body).toString(), /failure reason/)
    using asker = await UdpAsker.open('127.0.0.1', tracker.port)
    const id = await asker.connect()
    assert.equal((await asker.announce(id, makeRequest({ infoHash: a, port: 2 }))).peers.length, 1)
    assert.match(await refusalOf(asker, id, b), /does not serve that torrent/)
    assert.equal((await tracker.stats()).torrents, 1)
  })
})

test('a list is read again when it changes, and stays as it was when it is damaged', async () => {
  const dir = makeHome('deny')
  const denied = join(dir, 'denied.txt')
  writeFileSync(denied, '')
  await withTracker({ denied }, async (tracker, url) => {
    assert.equal(await failureOf(url), undefined)
    writeFileSync(join(dir, 'next'), `${toHex(a)}\n`)
    renameSync(join(dir, 'next'), denied)
    await until('it is read', async () => (await failureOf(url)) !== undefined)
    assert.equal(await failureOf(url, b), undefined)
    writeFileSync(denied, `${toHex(b)}\nnonsense\n`)
    await assert.rejects(tracker.reload(), /line 2 of ".*denied\.txt" is no info-hash of 40 hex digits/)
    assert.match((await failureOf(url)) ?? '', /does not serve/)
    assert.equal(await failureOf(url, b), undefined)
  })
})

test('a private tracker answers to passkeys only', async () => {
  const passkeys = join(makeHome('keys'), 'passkeys.txt')
  writeFileSync(passkeys, 'ann-s-key-1234 ann\nbob-s-key-5678 bob\n')
  await withTracker({ passkeys }, async (tracker, url) => {
    const withKey = (key: string): string => url.replace('/announce', `/${key}/announce`)
    assert.match((await failureOf(url)) ?? '', /is private: use the announce URL with your passkey/)
    assert.match((await failureOf(withKey('eve-s-key-9999'))) ?? '', /is private/)
    assert.equal(await failureOf(withKey('ann-s-key-1234')), undefined)
    assert.equal((await getPage(withKey('../announce'))).status, 404)
    using asker = await UdpAsker.open('127.0.0.1', tracker.port)
    assert.match(await refusalOf(asker, await asker.connect(), a), /is private/)
    assert.equal((await tracker.stats()).peers, 1)
  })
})

test('who calls too often is told when to come again', async () => {
  await withTracker({ callsPerMinute: 3 }, async (_, url) => {
    const failures = []
    for (let n = 0; n < 8; n++) failures.push(await failureOf(url))
    assert.equal(failures.filter((failure) => failure === undefined).length, 3)
    assert.match(String(failures.at(-1)), /too many announces come from your address/)
  })
})

test('a list that is not there, or is none, is an error at the start', async () => {
  const path = join(makeHome('bad'), 'list.txt')
  await assert.rejects(TrackerServer.listen({ port: 0, access: { allowed: path } }), /cannot read .*list\.txt/)
  writeFileSync(path, 'x\n')
  await assert.rejects(TrackerServer.listen({ port: 0, access: { passkeys: path } }), /line 1 of .* is no passkey/)
})
