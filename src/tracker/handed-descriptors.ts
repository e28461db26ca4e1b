// Which descriptors one thread has handed to another. A thread that dies closes nothing, and what was on its way to it is
// lost: so they are written down in memory that both share, and whoever handed them over can close what is left.

/** Linux gives a process a million at most, unless it was told otherwise. */
const MAX_DESCRIPTORS = 2 ** 20

export class HandedDescriptors {
  readonly shared: SharedArrayBuffer
  readonly #isHanded: Uint8Array

  /** Of memory that is never touched the system takes none. */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(MAX_DESCRIPTORS)) {
    this.shared = shared
    this.#isHanded = new Uint8Array(shared)
  }

  /** Before it is sent; false: it cannot be handed over. */
  add(fd: number): boolean {
    if (fd >= MAX_DESCRIPTORS) return false
    Atomics.store(this.#isHanded, fd, 1)
    return true
  }

  /** Before it is closed: then its number may be handed over again. */
  delete(fd: number): void {
    Atomics.store(this.#isHanded, fd, 0)
  }

  /** Those that are left of a thread that has ended. */
  takeAll(): readonly number[] {
    const left: number[] = []
    for (let fd = this.#isHanded.indexOf(1); fd !== -1; fd = this.#isHanded.indexOf(1, fd + 1)) left.push(fd)
    for (const fd of left) this.delete(fd)
    return left
  }
}
