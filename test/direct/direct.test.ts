// Two people on this machine: they meet, talk, and give each other files.
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { Contact } from '../../src/direct/contacts.ts'
import type { OutgoingTransfer } from '../../src/direct/outgoing.ts'
import { freeUdpPort, introduce, type Person, person } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'
import { patternBytes } from '../support/torrents.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

async function give(
  { direct }: Person,
  paths: readonly string[],
  to: Contact,
  pin?: string,
): Promise<OutgoingTransfer> {
  const [transfer] = await direct.send(paths, [to], pin)
  return transfer ?? assert.fail('a transfer begins')
}

async function ask({ direct }: Person): Promise<number> {
  const offer = await until('an offer waits', () => [...direct.incoming.all].find(({ state }) => state === 'asking'))
  return offer.id
}

test('the identity is made once, is readable by its owner only, and is what others see', async () => {
  const stateDir = makeHome('identity')
  await using first = await person('ann', {}, { stateDir })
  const { fingerprint } = first.direct.identity
  assert.match(fingerprint, /^[0-9A-F]{64}$/)
  assert.equal(statSync(join(stateDir, 'identity.pem')).mode & 0o777, 0o600)
  await first.direct.close()
  await using again = await person('ann', {}, { stateDir })
  assert.equal(again.direct.identity.fingerprint, fingerprint)
  await using bob = await person('bob')
  await introduce(bob, again)
  assert.equal(bob.direct.contacts.find('ann').fingerprint, fingerprint)
})

test('who was added is met, pinged, and knows who did', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  await introduce(ann, bob)
  const contact = ann.direct.contacts.find('bob')
  assert.deepEqual([contact.isShoal, contact.isKept, contact.trust], [true, true, 'unknown'])
  assert.equal((await ann.direct.ping(contact)).alias, 'bob')
  const back = bob.direct.contacts.find('ann')
  assert.deepEqual([back.fingerprint, back.isKept], [ann.direct.identity.fingerprint, false])
  await bob.direct.close()
  await assert.rejects(ann.direct.ping(contact), /cannot be reached/)
})

const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'))

test('people are met over IPv6 as over IPv4', async () => {
  await using ann = await person('ann', {}, { host: '::' })
  await using bob = await person('bob', {}, { host: '::' })
  await bob.direct.add('ann', { ip: hasIPv6 ? '::1' : '127.0.0.1', port: ann.direct.port })
  assert.equal((await bob.direct.ping(bob.direct.contacts.find('ann'))).alias, 'ann')
  assert.equal(await bob.direct.say(bob.direct.contacts.find('ann'), 'hello'), true)
  bob.direct.contacts.remove(bob.direct.contacts.find('ann'))
  await bob.direct.add('ann', { ip: '127.0.0.1', port: ann.direct.port })
  assert.equal(bob.direct.contacts.find('ann').fingerprint, ann.direct.identity.fingerprint)
})

test('somebody else at a known address is not spoken to', async () => {
  await using ann = await person('ann')
  const bob = await person('bob')
  await introduce(ann, bob)
  const { port } = bob.direct
  await bob[Symbol.asyncDispose]()
  await using eve = await person('eve', {}, { port })
  const contact = ann.direct.contacts.find('bob')
  await assert.rejects(ann.direct.ping(contact), /is somebody else now/)
  assert.equal(await ann.direct.say(contact, 'secret'), false)
  assert.deepEqual(eve.direct.talk.inbox, [])
})

test('what is said comes at once, or when who was away is there again, in order and once', async () => {
  await using ann = await person('ann')
  const stateDir = makeHome('bob')
  const bob = await person('bob', {}, { stateDir })
  await introduce(ann, bob)
  const contact = ann.direct.contacts.find('bob')
  assert.equal(await ann.direct.say(contact, 'hello\nyou'), true)
  assert.deepEqual(
    bob.direct.talk.inbox.map(({ sender, text, isProven }) => [sender, text, isProven]),
    [['ann', 'hello\nyou', true]],
  )
  const { port } = bob.direct
  await bob[Symbol.asyncDispose]()
  assert.deepEqual(await Promise.all([ann.direct.say(contact, 'one'), ann.direct.say(contact, 'two')]), [false, false])
  await using again = await person('bob', {}, { stateDir, port })
  await again.direct.ping(again.direct.contacts.find('ann')) // he is there, and says so
  await until('all came', () => again.direct.talk.inbox.length === 3)
  assert.deepEqual(
    again.direct.talk.inbox.map(({ text }) => text),
    ['hello\nyou', 'one', 'two'],
  )
})

test('files and folders go to who says yes, whole and under names of their own', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  await introduce(ann, bob)
  const home = makeHome('send')
  writeTree(join(home, 'photos'), { 'beach.jpg': 3_000_000, 'notes/a.txt': 10, 'notes/empty': 0 })
  writeFileSync(join(home, 'single'), patternBytes(70_000, 1))
  writeFileSync(join(bob.settings.receiveDir, 'single'), 'was here before')
  const contact = ann.direct.contacts.find('bob')
  const transfer = await give(ann, [join(home, 'photos'), join(home, 'single')], contact, undefined)
  const id = await ask(bob)
  assert.deepEqual(readdirSync(bob.settings.receiveDir), ['single'], 'nothing before the yes')
  bob.direct.incoming.answer(id, true)
  await transfer.finished
  assert.deepEqual([transfer.state, transfer.error, transfer.doneBytes], ['done', '', 3_070_010])
  const [offer] = bob.direct.incoming.all
  assert.deepEqual([offer?.state, offer?.doneBytes, offer?.from.name], ['done', 3_070_010, 'ann'])
  assert.deepEqual(compareTrees(join(home, 'photos'), join(bob.settings.receiveDir, 'photos')), [])
  assert.equal(readFileSync(join(bob.settings.receiveDir, 'single'), 'utf8'), 'was here before')
  assert.deepEqual(readFileSync(join(bob.settings.receiveDir, 'single (1)')), Buffer.from(patternBytes(70_000, 1)))
})

test('a no is told, and leaves nothing; who is trusted is not asked about', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  await introduce(ann, bob)
  const file = join(makeHome('send'), 'file')
  writeFileSync(file, 'words')
  const contact = ann.direct.contacts.find('bob')
  const refused = await give(ann, [file], contact, undefined)
  bob.direct.incoming.answer(await ask(bob), false)
  await refused.finished
  assert.deepEqual([refused.state, refused.error], ['declined', 'bob said no'])
  assert.deepEqual(readdirSync(bob.settings.receiveDir), [])
  bob.direct.contacts.change(bob.direct.contacts.find('ann'), { trust: 'trusted' })
  const taken = await give(ann, [file], contact, undefined)
  await taken.finished
  assert.equal(taken.state, 'done')
  assert.equal(readFileSync(join(bob.settings.receiveDir, 'file'), 'utf8'), 'words')
})

test('a PIN is asked for; who guesses has to wait', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob', { pin: '1234', accept: 'everybody' })
  await introduce(ann, bob)
  const file = join(makeHome('send'), 'file')
  writeFileSync(file, 'words')
  const contact = ann.direct.contacts.find('bob')
  const send = async (pin: string | undefined): Promise<string> => {
    const transfer = await give(ann, [file], contact, pin)
    await transfer.finished
    assert.equal(transfer.isPinWanted, transfer.error.includes('asks for a PIN'))
    return transfer.error
  }
  assert.match(await send(undefined), /asks for a PIN/)
  assert.equal(await send('1234'), '')
  for (const guess of ['1', '2', '3']) assert.match(await send(guess), /asks for a PIN/)
  assert.match(await send('1234'), /asked too often/)
})

test('a transfer that is cancelled leaves no half files, on either side’s word', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob', { accept: 'everybody' })
  await introduce(ann, bob)
  const home = makeHome('send')
  writeFileSync(join(home, 'large'), Buffer.alloc(30_000_000))
  ann.direct.session?.uploadGate.limit(5_000_000)
  const contact = ann.direct.contacts.find('bob')
  const transfer = await give(ann, [join(home, 'large')], contact, undefined)
  await until('it is on its way', () => transfer.doneBytes > 0)
  ann.direct.outgoing.cancel(transfer.id)
  await transfer.finished
  assert.equal(transfer.state, 'cancelled')
  await until('nothing is left', () => readdirSync(bob.settings.receiveDir).length === 0)
  const [offer] = bob.direct.incoming.all
  await until('he knows', () => offer?.state === 'cancelled')
})

test('nearby people find each other without a word', async () => {
  const multicast = { interfaces: ['127.0.0.1'], port: await freeUdpPort() }
  await using ann = await person('ann', {}, { multicast })
  await using bob = await person('bob', {}, { multicast })
  const knows = ({ direct }: Person, name: string): boolean => direct.contacts.all().some((one) => one.name === name)
  await until('ann sees bob', () => knows(ann, 'bob'))
  await until('bob sees ann', () => knows(bob, 'ann'))
  assert.equal(bob.direct.contacts.find('ann').isKept, false)
  assert.ok(!knows(ann, 'ann'), 'nobody is nearby to himself')
})
