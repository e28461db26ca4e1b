import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isInward, localityOf, mostLocal } from '../../src/core/locality.ts'

test('addresses are public, of the local network, or of this host', () => {
  const cases = {
    public: ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1'],
    private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', 'fd00::1', 'fc00::1'],
    host: ['127.0.0.1', '127.9.9.9', '0.0.0.0', '169.254.169.254', '::1', '::', 'fe80::1%eth0', '::ffff:127.0.0.1'],
  }
  for (const [kind, ips] of Object.entries(cases)) for (const ip of ips) assert.equal(localityOf(ip), kind, ip)
})

test('what is no address counts as this host, the kind with the fewest rights', () => {
  assert.equal(localityOf('localhost'), 'host')
  assert.equal(mostLocal([]), 'host')
})

test('a name with one inward address among outward ones counts as inward', () => {
  assert.equal(mostLocal(['1.1.1.1', '192.168.0.1']), 'private')
  assert.equal(mostLocal(['1.1.1.1', '127.0.0.1', '10.0.0.1']), 'host')
})

test('only steps towards this host lead inwards', () => {
  assert.equal(isInward('public', 'private'), true)
  assert.equal(isInward('public', 'host'), true)
  assert.equal(isInward('private', 'host'), true)
  for (const kind of ['public', 'private', 'host'] as const) assert.equal(isInward(kind, kind), false)
  assert.equal(isInward('host', 'public'), false)
})
