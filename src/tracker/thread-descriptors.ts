// Which descriptors a thread has. One that dies closes nothing, and what was on its way to it is lost: so they are written down in
// memory that it shares with the thread that started it, which can close what is left.

/** Linux gives a process a million at most, unless it was told otherwise. */
const MAX_DESCRIPTORS = 2 ** 20

export class ThreadDescriptors {
  readonly shared: SharedArrayBuffer
  readonly #isOpen: Uint8Array

  /** Of memory that is never touched the system takes none. */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(MAX_DESCRIPTORS)) {
    this.shared = shared
    this.#isOpen = new Uint8Array(shared)
  }

  /** Before it is sent to the thread, or when that has opened it; false: there is no place for it. */
  add(fd: number): boolean {
    if (fd >= MAX_DESCRIPTORS) return false
    Atomics.store(this.#isOpen, fd, 1)
    return true
  }

  /** Before it is closed or given away: then its number may be used again. */
  delete(fd: number): void {
    Atomics.store(this.#isOpen, fd, 0)
  }

  /** Those that are left of a thread that has ended. */
  takeAll(): readonly number[] {
    const left: number[] = []
    for (let fd = this.#isOpen.indexOf(1); fd !== -1; fd = this.#isOpen.indexOf(1, fd + 1)) left.push(fd)
    for (const fd of left) this.delete(fd)
    return left
  }
}
