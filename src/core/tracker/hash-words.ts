// A quick hash for tables of addresses and info-hashes. The seed is random for every run: strangers cannot choose what
// collides, but for the few that differ in two chosen bits.

/** 32 bits of `words[at..at + count)`: multiplied and turned word by word, then the mixing of MurmurHash3. */
export function hashWords(seed: number, words: Uint32Array, at: number, count: number): number {
  let hash = seed
  for (let i = at; i < at + count; i++) {
    hash = Math.imul(hash ^ (words[i] ?? 0), 0x9e3779b1)
    hash = (hash << 13) | (hash >>> 19)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
