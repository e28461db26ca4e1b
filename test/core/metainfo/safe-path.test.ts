import assert from 'node:assert/strict'
import test from 'node:test'
import { fromHex, fromLatin1 } from '../../../src/core/bytes.ts'
import { safeName, safePath, safeTitle } from '../../../src/core/metainfo/safe-path.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const linux = (text: string): string | undefined => safeName(utf8(text), 'linux')
const windows = (text: string): string | undefined => safeName(utf8(text), 'win32')

const cleaned: readonly [raw: string, name: string | undefined, why: string][] = [
  ['plain.txt', 'plain.txt', 'an ordinary name stays'],
  ['a:b?"*', 'a:b?"*', 'what only Windows forbids stays elsewhere'],
  ['.hidden', '.hidden', 'a leading dot stays'],
  ['...', '...', 'three dots are a name'],
  ['.', undefined, 'a dot is dropped'],
  ['..', undefined, 'two dots are dropped'],
  ['', '_', 'an empty name becomes _'],
  ['/', '_', 'a name of separators becomes _'],
  ['./', '_', 'dots do not appear by cleaning'],
  ['.\u200b.', '_', 'dots do not meet by cleaning'],
  ['/etc/passwd', 'etcpasswd', 'slashes are removed'],
  ['..\\..\\boot', '....boot', 'backslashes are removed'],
  ['a\0b\n\x7f\x9b2J', 'a_b__' + '_2J', 'NUL, control characters, DEL and C1 become _'],
  ['photo\u202egpj.exe', 'photogpj.exe', 'direction marks are dropped'],
  ['a\u200bb\ufeff\u2060c', 'abc', 'zero-width characters are dropped'],
  ['a\u200db\u200c', 'ab', 'joiners between plain letters are dropped'],
  ['\u0645\u06cc\u200c\u062e', '\u0645\u06cc\u200c\u062e', 'a joiner that shapes Persian stays'],
  ['\u{1f468}\u200d\u{1f469}.png', '\u{1f468}\u200d\u{1f469}.png', 'a joined emoji stays'],
]
for (const [raw, name, why] of cleaned) {
  test(`[136] ${why}: ${JSON.stringify(raw)}`, () => assert.equal(linux(raw), name))
}

const onWindows: readonly [raw: string, name: string, why: string][] = [
  ['C:', 'C_', 'a drive letter'],
  ['file.txt:stream', 'file.txt_stream', 'an alternate stream'],
  ['<a|b>?*"', '_a_b____', 'forbidden characters'],
  ['CON', '_CON', 'a device'],
  ['nul.tar.gz', '_nul.tar.gz', 'a device with an extension'],
  ['com1 .txt', '_com1 .txt', 'a device with a space'],
  ['LPT\u00b9', '_LPT\u00b9', 'a device with a superscript'],
  ['console.log', 'console.log', 'a name that only begins like a device'],
  ['name. ', 'name._', 'a trailing space'],
  ['name.', 'name_', 'a trailing dot'],
]
for (const [raw, name, why] of onWindows) {
  test(`[136] on Windows ${why} is neutralised: ${raw}`, () => assert.equal(windows(raw), name))
}

test('[136] bytes that are no UTF-8 become _', () => {
  assert.equal(safeName(fromHex('66fc2e747874') ?? new Uint8Array(0), 'linux'), 'f_.txt')
  assert.equal(safeName(fromLatin1('\xc0\xae\xc0\xae'), 'linux'), '____', 'overlong dots are no dots')
})

test('[128] an element has at most 240 bytes and keeps its extension', () => {
  const name = linux(`${'ü'.repeat(200)}.tar.gz`) ?? ''
  assert.equal(name, `${'ü'.repeat(118)}.gz`)
  assert.ok(Buffer.byteLength(name) <= 240)
  assert.equal(linux('x'.repeat(300)), 'x'.repeat(240))
  assert.equal(linux(`a.${'x'.repeat(300)}`), `a.${'x'.repeat(238)}`)
  assert.equal(linux('\u{1f600}'.repeat(100)), '\u{1f600}'.repeat(60), 'no character is cut in two')
})

test('[136] a path never leads out and is never empty', () => {
  assert.deepEqual(safePath([utf8('..'), utf8('..'), utf8('etc'), utf8('passwd')], 'linux'), ['etc', 'passwd'])
  assert.deepEqual(safePath([utf8(''), utf8('etc')], 'linux'), ['_', 'etc'])
  assert.deepEqual(safePath([utf8('..')], 'linux'), ['_'])
  assert.deepEqual(safePath([], 'linux'), ['_'])
})

test('[138] a title is cleaned too, with halves of characters', () => {
  assert.equal(safeTitle('../x\x1b[31m'), '..x_[31m')
  assert.equal(safeTitle('\ud800'), '\ufffd')
  assert.equal(safeTitle('..'), '_')
})
