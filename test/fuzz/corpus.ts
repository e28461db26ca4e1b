// The inputs that are kept: real ones to mutate, and every one that ever broke something.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export function readCorpus(target: string): { readonly name: string; readonly bytes: Uint8Array }[] {
  const dir = join(import.meta.dirname, 'corpus', target)
  return readdirSync(dir).map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(dir, name))) }))
}
