import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rc4 } from '../../src/core/wire/rc4.ts'
import { EncryptedTransport } from '../../src/engine/encrypted-transport.ts'
import type { Transport } from '../../src/io/transport.ts'

const [OURS, THEIRS] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]
const ADDRESS = { ip: '192.0.2.1', port: 6881 }

/** A transport that notes what is asked of it, and never takes more than one thing at once. */
class Below implements Transport {
  readonly remote = ADDRESS
  readonly local = ADDRESS
  readonly queuedBytes = 7
  readonly calls: string[] = []
  readonly said: Uint8Array[] = []
  readonly pending: (() => void)[] = []
  send(bytes: Uint8Array, sent?: () => void): boolean {
    this.said.push(bytes)
    if (sent !== undefined) this.pending.push(sent)
    return this.said.length < 2
  }
  cork(): void {
    this.calls.push('cork')
  }
  uncork(): void {
    this.calls.push('uncork')
  }
  pause(): void {
    this.calls.push('pause')
  }
  resume(): void {
    this.calls.push('resume')
  }
  close(): void {
    this.calls.push('close')
  }
}

function over(below: Transport, heard: string[]): EncryptedTransport {
  const ciphers = { incoming: new Rc4(THEIRS, 1024), outgoing: new Rc4(OURS, 1024) }
  return new EncryptedTransport(below, ciphers, { onBytes: (...read) => heard.push(text(...read)) })
}

const text = (buf: Uint8Array, start: number, end: number): string =>
  Buffer.from(buf.subarray(start, end)).toString('latin1')

test('what is sent is encrypted in a copy, which is told when it has left', () => {
  const below = new Below()
  const transport = over(below, [])
  let sent = 0
  const shared = Buffer.from('piece')
  assert.equal(
    transport.send(shared, () => sent++),
    true,
  )
  assert.equal(transport.send(new Uint8Array(shared)), false)
  assert.equal(shared.toString(), 'piece')
  const cipher = new Rc4(OURS, 1024)
  for (const bytes of below.said) {
    cipher.apply(bytes, 0, bytes.length)
    assert.equal(text(bytes, 0, bytes.length), 'piece')
  }
  assert.deepEqual([sent, below.pending.length], [0, 1])
})

test('what comes is decrypted where it lies, and goes to who is there for it then', () => {
  const heard: string[] = []
  const transport = over(new Below(), heard)
  const wire = new Uint8Array(Buffer.from('fish, and chips'))
  new Rc4(THEIRS, 1024).apply(wire, 0, wire.length)
  const buf = new Uint8Array(40)
  buf.set(wire, 10)
  transport.onBytes(buf, 10, 14)
  transport.handOver({ onBytes: (...read) => heard.push(`later ${text(...read)}`) })
  transport.onBytes(buf, 14, 25)
  assert.deepEqual(heard, ['fish', 'later , and chips'])
  assert.deepEqual([buf[9], buf[25]], [0, 0])
})

test('the rest is the other transport', () => {
  const below = new Below()
  const transport = over(below, [])
  transport.cork()
  transport.uncork()
  transport.pause()
  transport.resume()
  transport.close()
  assert.deepEqual(below.calls, ['cork', 'uncork', 'pause', 'resume', 'close'])
  assert.deepEqual([transport.remote, transport.local, transport.queuedBytes], [ADDRESS, ADDRESS, 7])
})
