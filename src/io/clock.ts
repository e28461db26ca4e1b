// The machine's monotonic clock. Intervals are measured with it: the wall clock jumps (sleep, NTP, the user).

/** Milliseconds since the process began; never goes back. */
export function monotonicMs(): number {
  return performance.now()
}
