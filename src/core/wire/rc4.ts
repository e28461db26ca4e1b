// RC4, which protocol encryption needs and OpenSSL 3 has no more. It hides what a connection carries from machines that
// sort traffic; it keeps no secret from anybody who tries, and nothing here relies on it for that.

export class Rc4 {
  readonly #state = new Uint8Array(256)
  #i = 0
  #j = 0

  /** The first `skip` bytes of the key stream are thrown away: they tell too much of the key. */
  constructor(key: Uint8Array, skip: number) {
    const state = this.#state
    for (let i = 0; i < 256; i++) state[i] = i
    let j = 0
    for (let i = 0; i < 256; i++) {
      const a = state[i] as number
      j = (j + a + (key[i % key.length] as number)) & 255
      state[i] = state[j] as number
      state[j] = a
    }
    this.apply(new Uint8Array(skip), 0, skip)
  }

  /** Encrypts or decrypts `buf[start..end)` in place. What one side encrypts in parts, the other may decrypt in others. */
  apply(buf: Uint8Array, start: number, end: number): void {
    const state = this.#state
    let i = this.#i
    let j = this.#j
    for (let at = start; at < end; at++) {
      i = (i + 1) & 255
      const a = state[i] as number
      j = (j + a) & 255
      const b = state[j] as number
      state[i] = b
      state[j] = a
      buf[at] = (buf[at] as number) ^ (state[(a + b) & 255] as number)
    }
    this.#i = i
    this.#j = j
  }
}
