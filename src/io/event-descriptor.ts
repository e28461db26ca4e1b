// Wakes a thread that waits in epoll, from another one: an eventfd of Linux. Watched as `edge` it need not be read.
import { libc } from './libc.ts'

const [EFD_NONBLOCK, EFD_CLOEXEC] = [0o4000, 0o2000000]
const ONE = new Uint8Array(BigUint64Array.of(1n).buffer)

/** Its opener closes it. `loadLibc` has been true in this thread, as for the other functions. */
export function openEvent(): number {
  const fd = libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
  if (fd < 0) throw new Error(`eventfd failed: ${libc().errorCode()}`)
  return fd
}

/** It cannot fail in a way that matters: an event that is full has woken everybody. */
export function wake(event: number): void {
  libc().write(event, ONE, ONE.length)
}
