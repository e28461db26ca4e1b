// The machine's monotonic clock. Intervals are measured with it: the wall clock jumps (sleep, NTP, the user).

/** `performance.now` begins anew in every thread, this does not. */
const THREAD_OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** Milliseconds since the process began; never goes back. */
export function monotonicMs(): number {
  return performance.now()
}

/** Whole seconds since the machine began: the same in all threads. */
export function machineSec(): number {
  return Math.floor((THREAD_OFFSET_MS + performance.now()) / 1000)
}
