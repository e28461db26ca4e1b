// Small disks of their own for tests, where this machine lets us mount them.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { makeHome } from './program.ts'

export const mount = (...args: readonly string[]): boolean => spawnSync('mount', args).status === 0

function canMount(): boolean {
  const probe = makeHome('mount')
  const isMounted = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe)
  if (isMounted) spawnSync('umount', [probe])
  return isMounted
}

/** For tests that need one. */
export const skipWithoutMount = canMount() ? false : 'needs the right to mount a small tmpfs'

/** Made at `path`, gone with the stack. */
export function smallDisk(stack: AsyncDisposableStack, path: string, size: string): void {
  mkdirSync(path)
  if (!mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path)) throw new Error(`cannot mount ${path}`)
  stack.defer(() => void spawnSync('umount', [path]))
}
