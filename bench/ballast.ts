// A virtual machine gets memory from its host at first touch, slowly (1 to 4 s per GiB), and gives free memory back
// within seconds. Racers who write files into memory must not pay for that: so we hold the memory they will need, and let go
// of it as fast as they write.
import { randomFillSync } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import koffi from 'koffi'

const MIB = 1024 * 1024
/** What is given ahead of the writer, for its own buffers and the kernel's. */
const AHEAD_BYTES = 256 * MIB
const PAGE = 4096
const HUGE_PAGE = 2 * MIB

const [PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS] = [1, 2, 2, 0x20]
const [MADV_DONTNEED, MADV_HUGEPAGE] = [4, 14]
const system = koffi.load(null)
const mmap: (...values: readonly number[]) => number = system.func(
  'uintptr_t mmap(uintptr_t at, size_t bytes, int protection, int flags, int fd, long offset)',
)
const madvise = system.func('int madvise(uintptr_t at, size_t bytes, int advice)')
const munmap = system.func('int munmap(uintptr_t at, size_t bytes)')

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

/** Holds memory for `bytes`, until what lies in `dir` has taken it, or it is disposed. In huge pages: to let go of them costs the
 *  racers no time. */
export function holdMemory(bytes: number, dir: string): Disposable {
  warnOfLists()
  const address = mmap(0, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  const skipped = HUGE_PAGE - (address % HUGE_PAGE)
  madvise(address + skipped, bytes, MADV_HUGEPAGE)
  const memory = new Uint8Array(koffi.view(address, bytes + HUGE_PAGE), skipped, bytes)
  for (let at = 0; at < bytes; at += PAGE) memory[at] = 1
  let given = 0
  const timer = setInterval(() => {
    const next = Math.min(bytes, bytesOnDisk(dir) + AHEAD_BYTES)
    const end = next - (next % HUGE_PAGE)
    if (end <= given) return
    madvise(address + skipped + given, end - given, MADV_DONTNEED)
    given = end
  }, 20)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      munmap(address, bytes + HUGE_PAGE)
    },
  }
}

const LISTS = '/proc/sys/vm/percpu_pagelist_high_fraction'
let isWarned = false

/**
 * Linux keeps what is freed in lists of each processor and size before others may have it: by default up to an eighth of all memory.
 * Then racers get other memory than what we let go of, and the second half of a race is up to three times as slow as the first.
 */
function warnOfLists(): void {
  if (isWarned || !existsSync(LISTS) || Number(readFileSync(LISTS, 'utf8')) >= 1000) return
  isWarned = true
  console.error(`For figures that can be compared in a virtual machine: echo 2000 > ${LISTS}`)
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
