// A virtual machine gets memory from its host at first touch, slowly (1 to 4 s per GiB), and gives free memory back
// within seconds. Racers who write files into memory must not pay for that: so a file holds the memory they will need,
// and lets go of it as fast as they write theirs.
import { randomFillSync } from 'node:crypto'
import { closeSync, ftruncateSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const MIB = 1024 * 1024
/** What is given ahead of the writer, for its own buffers and the kernel's. */
const AHEAD_BYTES = 256 * MIB

export function writeRandom(path: string, bytes: number): void {
  const file = openSync(path, 'w')
  const chunk = randomFillSync(new Uint8Array(MIB))
  for (let at = 0; at < bytes; at += MIB) {
    // Each MiB differs, at a hundredth of the cost of new random bytes.
    chunk.set(new Uint8Array(new Float64Array([at]).buffer))
    writeSync(file, chunk, 0, Math.min(MIB, bytes - at))
  }
  closeSync(file)
}

/** Holds memory for `bytes`, until what lies in `dir` has taken it, or it is disposed. */
export function holdMemory(path: string, bytes: number, dir: string): Disposable {
  writeRandom(path, bytes)
  const file = openSync(path, 'r+')
  let held = bytes
  const timer = setInterval(() => {
    const left = Math.max(0, bytes - bytesOnDisk(dir) - AHEAD_BYTES)
    if (left >= held) return
    ftruncateSync(file, left)
    held = left
  }, 20)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      closeSync(file)
      rmSync(path)
    },
  }
}

/** What the files below `dir` take, without holes; what aria2 notes for itself aside. */
export function bytesOnDisk(dir: string): number {
  let total = 0
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && !entry.name.endsWith('.aria2'))
      total += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0
  }
  return total * 512
}
