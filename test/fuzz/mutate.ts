// Mutations for fuzz targets that start from real inputs: a few cuts, each replaced by a few bytes.
import fc from 'fast-check'
import { concatBytes } from '../../src/core/bytes.ts'

/** Bytes that bencoding and URLs give a meaning to, more often than others. */
const byte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(...new TextEncoder().encode('0123456789-:delip/.&=%')),
)

/** One of the inputs, changed in up to four places. */
export function mutated(inputs: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const cut = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.constantFrom(0, 1, 1, 2, 5, 30),
    insert: fc.array(byte, { maxLength: 4 }),
  })
  return fc.tuple(fc.constantFrom(...inputs), fc.array(cut, { maxLength: 4 })).map(([input, cuts]) => {
    let bytes = input
    for (const { at, remove, insert } of cuts) {
      const start = Math.floor(at * bytes.length)
      bytes = concatBytes([bytes.subarray(0, start), Uint8Array.from(insert), bytes.subarray(start + remove)])
    }
    return bytes
  })
}
