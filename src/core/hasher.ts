// What core needs of cryptography: two digests, supplied by io/hasher.ts so that core imports nothing of Node.

export interface Hasher {
  /** 20 bytes. */
  sha1(bytes: Uint8Array): Uint8Array
  /** 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array
}
