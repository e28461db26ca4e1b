/** Copies `from[start..end)` to `to[at..)`. Unlike `to.set(from.subarray(…), at)` it makes no view: nothing to collect. */
export function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  Buffer.prototype.copy.call(from, to, at, start, end)
}
