// core/hasher.ts over node:crypto.
import { hash } from 'node:crypto'
import type { Hasher } from '../core/hasher.ts'

export const nodeHasher: Hasher = {
  sha1: (bytes) => hash('sha1', bytes, 'buffer'),
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
}
