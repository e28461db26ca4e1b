// Stamps as the state database holds them: three 64-bit floats each (file, size, time), in the byte order of the
// machine. One blob reads and writes ten times as fast as a row per file, which matters at thousands of files.
import type { FileStamp } from '../io/disk/disk.ts'

const NUMBERS = 3

export function packStamps(stamps: Iterable<FileStamp>): Uint8Array {
  const numbers: number[] = []
  for (const { file, sizeBytes, modifiedAtMs } of stamps) numbers.push(file, sizeBytes, modifiedAtMs)
  return new Uint8Array(new Float64Array(numbers).buffer)
}

/** By file number; of several stamps of a file the newest one counts. */
export function unpackStamps(blobs: readonly Uint8Array[]): Map<number, FileStamp> {
  const stamps = new Map<number, FileStamp>()
  for (const blob of blobs) {
    const numbers = new Float64Array(blob.slice().buffer)
    for (let i = 0; i + NUMBERS <= numbers.length; i += NUMBERS) {
      const [file = -1, sizeBytes = -1, modifiedAtMs = -1] = numbers.subarray(i, i + NUMBERS)
      addStamp(stamps, { file, sizeBytes, modifiedAtMs })
    }
  }
  return stamps
}

/** Two workers that write to one file may answer in the other order: what the file is like then is the newer stamp. */
export function addStamp(stamps: Map<number, FileStamp>, stamp: FileStamp): void {
  const known = stamps.get(stamp.file)
  if (known === undefined || known.modifiedAtMs <= stamp.modifiedAtMs) stamps.set(stamp.file, stamp)
}
