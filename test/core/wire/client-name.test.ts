import assert from 'node:assert/strict'
import test from 'node:test'
import { fromLatin1 } from '../../../src/core/bytes.ts'
import { cleanName, clientName } from '../../../src/core/wire/client-name.ts'

const names: readonly [string, string][] = [
  ['-TR4060-', 'Transmission 4.0.6'],
  ['-TR2940-', 'Transmission 2.94'],
  ['-qB5110-', 'qBittorrent 5.1.1'],
  ['-LT20B0-', 'libtorrent 2.0.11'],
  ['-lt0D80-', 'rTorrent/libTorrent 0.13.8'],
  ['-WW0205-', 'WebTorrent 2.5'],
  ['-SH0100-', 'Shoal 0.1'],
  ['A2-1-37-0-', 'aria2 1.37.0'],
  ['M7-2-1--', 'BitTorrent 7.2.1'],
  ['M4-20-8-', 'BitTorrent 4.20.8'],
  ['-ZZ1234-', 'ZZ 1.2.3.4'],
  ['', 'unknown'],
  ['-\x1b[1234-', 'unknown'],
  ['-qB51\x1b[-', 'unknown'],
]
for (const [prefix, name] of names) {
  test(`the peer id ${JSON.stringify(prefix)} is that of ${name}`, () => {
    assert.equal(clientName(fromLatin1(prefix.padEnd(20, '\x01'))), name)
  })
}

test('a name from a peer is cut, and cannot write to the terminal or turn the line around', () => {
  assert.equal(cleanName(' \x1b[31mEvil\n\u202e\u200b\u009b1\u2028 '), '[31mEvil1')
  assert.equal(cleanName('µTorrent 3.6'), 'µTorrent 3.6')
  assert.equal(cleanName('🐟'.repeat(100)), '🐟'.repeat(48))
})
