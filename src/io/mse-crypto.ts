// What core/wire/mse.ts needs, over node:crypto.
import { createDiffieHellman, type DiffieHellman, hash, randomBytes, randomInt } from 'node:crypto'
import { MAX_PAD_BYTES, MSE_KEY_BYTES, MSE_PRIME, type MseCrypto, type MseKeys } from '../core/wire/mse.ts'

const GENERATOR = 2
/** What the text asks for: more makes nothing safer here. */
const PRIVATE_KEY_BYTES = 20
/** One for all connections: OpenSSL looks at the prime for 25 ms each time that one is made, and a key takes 0.2 ms. */
let shared: DiffieHellman | undefined

function newKeys(): MseKeys {
  shared ??= createDiffieHellman(MSE_PRIME, GENERATOR)
  const group = shared
  const privateKey = randomBytes(PRIVATE_KEY_BYTES)
  group.setPrivateKey(privateKey)
  return {
    publicKey: padded(group.generateKeys()),
    secretWith(theirKey) {
      group.setPrivateKey(privateKey)
      return padded(group.computeSecret(theirKey))
    },
  }
}

function padded(number: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(MSE_KEY_BYTES)
  bytes.set(number, MSE_KEY_BYTES - number.length)
  return bytes
}

export const nodeMseCrypto: MseCrypto = {
  sha1: (bytes) => hash('sha1', bytes, 'buffer'),
  random: randomBytes,
  padLength: () => randomInt(MAX_PAD_BYTES + 1),
  newKeys,
}
