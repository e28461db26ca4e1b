// Stamps as the state database and the journals hold them: the rows of numbers that a worker answers with, as bytes in the
// byte order of the machine. One blob reads and writes ten times as fast as a row per file, which matters at thousands of files.
import type { FileStamp } from '../io/disk/disk.ts'
import { packStamps as stampRows, unpackStamps as readRows } from '../io/disk/packed.ts'

export function packStamps(stamps: Iterable<FileStamp>): Uint8Array {
  return new Uint8Array(stampRows([...stamps]).buffer)
}

/** By file number; of several stamps of a file the newest one counts. */
export function unpackStamps(blobs: readonly Uint8Array[]): Map<number, FileStamp> {
  const stamps = new Map<number, FileStamp>()
  for (const blob of blobs) for (const stamp of readRows(new Float64Array(blob.slice().buffer))) addStamp(stamps, stamp)
  return stamps
}

/** Two workers that write to one file may answer in the other order: what the file is like then is the newer stamp. */
export function addStamp(stamps: Map<number, FileStamp>, stamp: FileStamp): void {
  const known = stamps.get(stamp.file)
  if (known === undefined || known.modifiedAtMs <= stamp.modifiedAtMs) stamps.set(stamp.file, stamp)
}
