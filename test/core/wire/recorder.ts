// A WireHandler that writes down its calls as text, and the bytes that cause them.
import { fromHex, toHex } from '../../../src/core/bytes.ts'
import type { WireHandler } from '../../../src/core/wire/decoder.ts'
import type { MessageId } from '../../../src/core/wire/messages.ts'
import type { Violation } from '../../../src/core/wire/violation.ts'

/** Bytes of hex with blanks between. */
export function bytes(hex: string): Uint8Array {
  const result = fromHex(hex.replaceAll(' ', ''))
  if (result === undefined) throw new Error(`not hex: ${hex}`)
  return result
}

/** Answers `refuse` to the call that reads like `refused`. */
export class Recorder implements WireHandler {
  readonly calls: string[] = []
  refused = ''
  onCall: () => void = () => {}

  #record(call: string): Violation | undefined {
    this.calls.push(call)
    this.onCall()
    return call === this.refused ? 'flood' : undefined
  }

  onKeepAlive(): void {
    this.#record('keep-alive')
  }
  onMessage(id: MessageId, a: number, b: number, c: number): Violation | undefined {
    return this.#record(`message ${id}: ${a} ${b} ${c}`)
  }
  onBlock(index: number, begin: number, length: number): Violation | undefined {
    return this.#record(`block ${index} ${begin} ${length}`)
  }
  onBlockBytes(buf: Uint8Array, start: number, end: number): void {
    this.#record(`bytes ${toHex(buf.subarray(start, end))}`)
  }
  onBlockEnd(): Violation | undefined {
    return this.#record('block end')
  }
  onPayload(id: MessageId, payload: Uint8Array): Violation | undefined {
    return this.#record(`payload ${id}: ${toHex(payload)}`)
  }
}

/** The calls with the parts of each block joined: what must not depend on where the bytes were cut. */
export function joined(calls: readonly string[]): string[] {
  const result: string[] = []
  for (const call of calls) {
    const isMore = call.startsWith('bytes ') && result.at(-1)?.startsWith('bytes ') === true
    if (isMore) result.push(`${result.pop()}${call.slice(6)}`)
    else result.push(call)
  }
  return result
}
