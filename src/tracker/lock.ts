// A lock that threads share, one word of shared memory: 0 free, 1 held, 2 held and somebody sleeps (Drepper, "Futexes are
// tricky", 2011). Held for about a microsecond by an announce, for a millisecond by a walk;
// whoever holds it must not wait for anything.

/** Another thread holds it for so short that looking again is cheaper than to sleep. */
const LOOKS = 200

export function lock(words: Int32Array, at: number): void {
  for (let i = 0; i < LOOKS; i++) if (Atomics.compareExchange(words, at, 0, 1) === 0) return
  while (Atomics.exchange(words, at, 2) !== 0) Atomics.wait(words, at, 2)
}

export function unlock(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, 0) === 2) Atomics.notify(words, at, 1)
}
