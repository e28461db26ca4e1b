// How fast WireDecoder goes through piece messages, and what it allocates on the way.
//   npm run bench -- decoder
// Reads have 256 KiB. Blocks are counted, then copied into a slot as the engine does; requests are what a seeder gets.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WireDecoder, type WireHandler } from '../src/core/wire/decoder.ts'
import {
  BLOCK_HEADER_BYTES,
  BLOCK_MESSAGE_BYTES,
  MESSAGE,
  writeBlockHeader,
  writeBlockMessage,
} from '../src/core/wire/messages.ts'
import type { Violation } from '../src/core/wire/violation.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void // Node has no other way
const BLOCK_BYTES = 16_384
const READ_BYTES = 256 * 1024

class Sink implements WireHandler {
  messages = 0
  readonly slot = new Uint8Array(1024 * 1024)
  readonly #isCopying: boolean
  #at = 0

  constructor(isCopying: boolean) {
    this.#isCopying = isCopying
  }

  onKeepAlive(): void {}
  onMessage(): Violation | undefined {
    this.messages++
    return undefined
  }
  onBlock(_index: number, begin: number): Violation | undefined {
    this.#at = begin
    return undefined
  }
  onBlockBytes(buf: Uint8Array, start: number, end: number): void {
    if (this.#isCopying) this.slot.set(buf.subarray(start, end), this.#at)
    this.#at += end - start
  }
  onBlockEnd(): Violation | undefined {
    this.messages++
    return undefined
  }
  onPayload(): Violation | undefined {
    return undefined
  }
}

/** As many as make reads cut them at ever different places. */
function pieceMessages(): Uint8Array {
  const messages = new Uint8Array(1023 * (BLOCK_HEADER_BYTES + BLOCK_BYTES))
  for (let at = 0, n = 0; at < messages.length; at += BLOCK_BYTES, n++) {
    at = writeBlockHeader(messages, at, n >> 6, (n & 63) * BLOCK_BYTES, BLOCK_BYTES)
  }
  return messages
}

function requestMessages(): Uint8Array {
  const messages = new Uint8Array(100_000 * BLOCK_MESSAGE_BYTES)
  for (let at = 0; at < messages.length; )
    at = writeBlockMessage(messages, at, MESSAGE.request, 1, BLOCK_BYTES, BLOCK_BYTES)
  return messages
}

function run(name: string, stream: Uint8Array, isCopying: boolean, rounds: number): void {
  const sink = new Sink(isCopying)
  const decoder = new WireDecoder(sink, { maxPayload: 32_768, maxBlock: BLOCK_BYTES })
  const repeat = (times: number): void => {
    for (let i = 0; i < times; i++) {
      for (let at = 0; at < stream.length; at += READ_BYTES) {
        if (decoder.push(stream, at, Math.min(stream.length, at + READ_BYTES)) !== undefined) throw new Error('refused')
      }
    }
  }
  repeat(5) // let it be compiled
  sink.messages = 0
  const startedAt = performance.now()
  repeat(rounds)
  const seconds = (performance.now() - startedAt) / 1000
  const gigabytes = (stream.length * rounds) / 1e9
  const nanoseconds = (seconds * 1e9) / sink.messages
  // Few enough messages that no garbage is collected between the two readings of the heap.
  collectGarbage()
  sink.messages = 0
  const heapBefore = process.memoryUsage().heapUsed
  repeat(2)
  const heapBytes = (process.memoryUsage().heapUsed - heapBefore) / sink.messages
  console.log(
    `${name.padEnd(20)} ${(gigabytes / seconds).toFixed(1).padStart(6)} GB/s, per message ` +
      `${nanoseconds.toFixed(0).padStart(5)} ns and ${heapBytes.toFixed(1)} bytes of heap`,
  )
}

run('blocks, not copied', pieceMessages(), false, 200)
run('blocks, copied', pieceMessages(), true, 40)
run('requests', requestMessages(), false, 10)
