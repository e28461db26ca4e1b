// Has the browser of this machine open an address, by the program that the desktop has for it.
import { spawn } from 'node:child_process'

/** A browser that goes on running for so long has opened it; openers that fail say so sooner. */
const OPENED_MS = 2_000

export type Opener = readonly [program: string, ...args: string[]]

/**
 * False where it failed; it says nothing itself. The browser outlives this process.
 * `address` is no secret: every user of the machine is shown the arguments of its programs.
 */
export async function openBrowser([program, ...args]: Opener, address: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const child = spawn(program, [...args, address], { detached: true, stdio: 'ignore', windowsHide: true })
  child.once('error', () => resolve(false))
  child.once('exit', (code) => resolve(code === 0))
  const timer = setTimeout(() => resolve(true), OPENED_MS)
  const isOpened = await promise
  clearTimeout(timer)
  child.unref()
  return isOpened
}

/** `undefined`: nobody looks at a screen here, as over SSH; xdg-open would start a browser for terminals, unseen. */
export function openerFor(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Opener | undefined {
  if (platform === 'darwin') return ['open']
  // What `start` does, but without a shell that reads the address.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open'] : undefined
}
