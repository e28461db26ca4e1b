// libtorrent-rasterbar through its Python binding (Debian: python3-libtorrent); libtorrent-client.py is the client.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { asRecord } from '../../support/json.ts'
import { FINISH_MS, type Client } from './client.ts'
import { startProgram, until } from '../../support/program.ts'

// Debian's own interpreter: the binding is not on the path of any other.
const PYTHON = '/usr/bin/python3'
const SCRIPT = join(import.meta.dirname, 'libtorrent-client.py')

export const libtorrent: Client = libtorrentWith('libtorrent', {})

/** The same client with some of its settings (settings_pack names) changed. */
export function libtorrentWith(name: string, settings: Readonly<Record<string, unknown>>): Client {
  return {
    name,
    missing: spawnSync(PYTHON, ['-c', 'import libtorrent']).status === 0 ? undefined : 'python3-libtorrent',
    connects: true,
    async start({ torrent, dir }) {
      let addedAt = 0
      const events = new Map<string, Record<string, unknown>>()
      const job = { torrent, dir, settings }
      const program = startProgram(PYTHON, [SCRIPT, JSON.stringify(job)], {
        onLine: (line) => {
          const event = asRecord(JSON.parse(line))
          events.set(String(event['event']), event)
          if (event['event'] === 'adding') addedAt = performance.now()
        },
      })
      const listening = await until(`${name} listens`, () => events.get('listening'), { program })
      return {
        address: { ip: '127.0.0.1', port: Number(listening['port']) },
        pid: program.pid,
        addedAt,
        async finished(timeoutMs = FINISH_MS) {
          await until(`${name} has all`, () => events.has('finished'), { program, timeoutMs, everyMs: 10 })
        },
        [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
      }
    },
  }
}
