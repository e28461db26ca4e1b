// Ourselves, through the command line as users have it.
import { readdirSync } from 'node:fs'
import { parseAddress } from '../../../src/core/address.ts'
import { type ShoalOptions, startShoal } from '../../support/shoal.ts'
import { FINISH_MS, type Client, type Job, type Running } from './client.ts'

export const shoal = shoalOf({})

/** Another `shoal` than the source tree's: see ShoalOptions. Or with more options of its command line. */
export function shoalOf(options: ShoalOptions, more: readonly string[] = []): Client {
  return shoalAt('127.0.0.1', options, more)
}

/** With another address of this machine for peers. */
export function shoalAt(ip: string, options: ShoalOptions, more: readonly string[] = []): Client {
  const fixed = ['--listen', `${ip}:0`, ...more]
  return { name: 'shoal', missing: undefined, connects: true, start: (job) => start(job, options, fixed) }
}

async function start({ torrent, dir }: Job, options: ShoalOptions, more: readonly string[]): Promise<Running> {
  const command = readdirSync(dir).length > 0 ? 'seed' : 'download'
  const program = startShoal([command, torrent, '--dir', dir, ...more], options)
  const listening = await program.event('listening')
  const address = parseAddress(String(listening['address']))
  if (address === undefined) throw new Error(`no address: ${JSON.stringify(listening)}`)
  return {
    address,
    pid: program.pid,
    addedAt: performance.now(), // it says where it listens just before it adds the torrent
    async finished(timeoutMs = FINISH_MS) {
      await program.event('done', timeoutMs)
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}
