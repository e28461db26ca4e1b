// Who is found where multicast does not get through.
import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import test from 'node:test'
import { addressesNearby } from '../../src/direct/scan.ts'
import { person } from '../support/direct.ts'

function ipv4(address: string, internal = false): NetworkInterfaceInfo {
  return {
    address,
    netmask: '255.255.255.0',
    family: 'IPv4',
    mac: '00:00:00:00:00:00',
    internal,
    cidr: `${address}/24`,
  }
}

test('the networks that we are in are called, once each, and nobody else', () => {
  const nearby = addressesNearby({
    lo: [ipv4('127.0.0.1', true)],
    eth0: [ipv4('192.168.7.20'), ipv4('192.168.7.21')],
    vpn: [ipv4('172.16.0.1')],
    wan: [ipv4('192.0.2.9'), ipv4('172.32.0.1')],
  })
  const ips = nearby.map(({ ip }) => ip)
  assert.equal(ips.length, 252 + 253)
  assert.equal(new Set(ips).size, ips.length)
  assert.ok(ips.every((ip) => ip.startsWith('192.168.7.') || ip.startsWith('172.16.0.')))
  for (const ip of ['192.168.7.20', '192.168.7.21', '172.16.0.1', '192.168.7.0', '192.168.7.255']) {
    assert.ok(!ips.includes(ip), ip)
  }
  assert.deepEqual(nearby[0], { ip: '192.168.7.1', port: 53_317 })
})

test('who is at one of the addresses is met, and knows us; who is not, does no harm', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  const gone = await person('gone')
  const address = (port: number): { ip: string; port: number } => ({ ip: '127.0.0.1', port })
  await gone[Symbol.asyncDispose]()
  await ann.direct.scan([gone, bob, ann].map(({ direct }) => address(direct.port)))
  assert.deepEqual(
    ann.direct.contacts.all().map(({ name, fingerprint }) => [name, fingerprint]),
    [['bob', bob.direct.identity.fingerprint]],
  )
  assert.deepEqual(
    bob.direct.contacts.all().map(({ name }) => name),
    ['ann'],
  )
})
