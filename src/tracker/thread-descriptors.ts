// Which descriptors a thread has. One that dies closes nothing, and what was on its way to it is lost: so they are written down in
// memory that it shares with the thread that started it, which can close what is left.
//
// V8 ends a thread where a function begins or a loop goes round. So `open` and `close` have neither between the call of the
// system and what they write down: before it, nothing has happened, and after it, all has.
import { libc } from '../io/libc.ts'

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

  /** Before it is sent to the thread; false: there is no place for it. */
  add(fd: number): boolean {
    if (fd >= MAX_DESCRIPTORS) return false
    this.#isOpen[fd] = 1
    return true
  }

  /** By whoever has it from the thread, or before it is closed elsewhere: then its number can be used again. */
  delete(fd: number): void {
    this.#isOpen[fd] = 0
  }

  /** What `open` gets from the system: a descriptor, or -1. */
  open(open: () => number): number {
    const isOpen = this.#isOpen
    const fd = open()
    if (fd >= 0) isOpen[fd] = 1
    return fd
  }

  close(fd: number): void {
    const { close } = libc()
    this.#isOpen[fd] = 0
    close(fd)
  }

  /** Those that are left of a thread that has ended. */
  takeAll(): readonly number[] {
    const left: number[] = []
    for (let fd = this.#isOpen.indexOf(1); fd !== -1; fd = this.#isOpen.indexOf(1, fd + 1)) left.push(fd)
    for (const fd of left) this.delete(fd)
    return left
  }
}
