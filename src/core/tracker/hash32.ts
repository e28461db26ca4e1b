// A quick hash for tables of addresses. The seed is random for every run: strangers cannot choose what collides.

/** 32 bits of `bytes[start..end)`: FNV-1a, then the mixing of MurmurHash3 so that the low bits are as good as the high. */
export function hash32(seed: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = seed ^ 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
