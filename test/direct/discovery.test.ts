import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import test from 'node:test'
import { AppError } from '../../src/core/errors.ts'
import type { Contact, Contacts, Sighting } from '../../src/direct/contacts.ts'
import { Discovery } from '../../src/direct/discovery.ts'
import { readOrMakeIdentity } from '../../src/direct/identity.ts'
import { DEVICE, parse } from '../../src/direct/protocol.ts'
import { freeUdpPort } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'

test('a state disk that is full while somebody says that he is here ends nothing', async () => {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const port = await freeUdpPort()
  const device = parse(DEVICE, '{"alias":"ann","fingerprint":"AA"}') ?? assert.fail()
  let [seen, met] = [0, 0]
  const contacts: Partial<Contacts> = {
    byFingerprint: () => undefined,
    saw: (sighting: Sighting) => {
      if (++seen === 1) throw new AppError('disk-full', 'no room for what is known')
      return { ...sighting, trust: 'unknown' } as unknown as Contact
    },
  }
  const discovery = await Discovery.open({
    identity: readOrMakeIdentity(makeHome('me')),
    contacts: contacts as Contacts,
    device: () => device,
    meeting: { moved: (contact) => Promise.resolve(contact), find: () => Promise.resolve(undefined) },
    met: () => met++,
    multicast: { group: '224.0.0.167', port, interfaces: ['127.0.0.1'] },
  })
  await until('he is met after all', () => {
    socket.send(JSON.stringify({ ...device, fingerprint: 'BB' }), port, '127.0.0.1')
    return met > 0
  })
  assert.ok(seen > 1)
  await discovery.close()
  await new Promise<void>((resolve) => socket.close(resolve))
})
