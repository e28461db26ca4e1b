// Answers about many files on their way from a worker, as rows of numbers: to clone 20,000 objects takes 25 ms, and to
// clone one array nothing. The state database keeps stamps as these rows, so they stay as they are (engine/resume-stamps.ts).
import type { FileStamp } from './disk.ts'
import type { Seen } from './look.ts'

const STAMP_NUMBERS = 3
const SEEN_NUMBERS = 3
const KINDS: readonly Seen['kind'][] = ['file', 'folder', 'link', 'other']

export function packStamps(stamps: readonly FileStamp[]): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(stamps.length * STAMP_NUMBERS)
  stamps.forEach(({ file, sizeBytes, modifiedAtMs }, n) => {
    const at = n * STAMP_NUMBERS
    numbers[at] = file
    numbers[at + 1] = sizeBytes
    numbers[at + 2] = modifiedAtMs
  })
  return numbers
}

export function unpackStamps(numbers: Float64Array): FileStamp[] {
  return Array.from({ length: numbers.length / STAMP_NUMBERS }, (_, n) => {
    const at = n * STAMP_NUMBERS
    return { file: numbers[at] ?? 0, sizeBytes: numbers[at + 1] ?? 0, modifiedAtMs: numbers[at + 2] ?? 0 }
  })
}

export function packSeen(all: readonly Seen[]): Float64Array {
  const numbers = new Float64Array(all.length * SEEN_NUMBERS)
  all.forEach(({ kind, sizeBytes, modifiedAtMs, isExecutable }, n) => {
    const at = n * SEEN_NUMBERS
    numbers[at] = KINDS.indexOf(kind) * 2 + (isExecutable ? 1 : 0)
    numbers[at + 1] = sizeBytes
    numbers[at + 2] = modifiedAtMs
  })
  return numbers
}

export function unpackSeen(numbers: Float64Array): Seen[] {
  return Array.from({ length: numbers.length / SEEN_NUMBERS }, (_, n) => {
    const at = n * SEEN_NUMBERS
    const word = numbers[at] ?? 0
    const kind = KINDS[word >> 1] ?? 'other'
    return { kind, sizeBytes: numbers[at + 1] ?? 0, modifiedAtMs: numbers[at + 2] ?? 0, isExecutable: word % 2 === 1 }
  })
}
