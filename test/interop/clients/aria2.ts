// aria2 (Debian: aria2), watched over its JSON-RPC. It cannot be told a peer: it needs a tracker.
import { asRecord } from '../../support/json.ts'
import { FINISH_MS, type Client, type Job, type Running } from './client.ts'
import { findProgram, freePort, makeHome, startProgram, until } from '../../support/program.ts'

const PROGRAM = findProgram('aria2c')

export const aria2: Client = aria2With('aria2', [])

/** The same client with more options. */
export function aria2With(name: string, more: readonly string[]): Client {
  return {
    name,
    missing: PROGRAM === undefined ? 'aria2' : undefined,
    connects: true,
    start: (job) => start(job, more),
  }
}

async function start({ torrent, dir }: Job, more: readonly string[]): Promise<Running> {
  const port = await freePort()
  const rpcPort = await freePort()
  const addedAt = performance.now()
  const args = [...settings(port, rpcPort), ...more, `--dir=${dir}`, torrent]
  const program = startProgram(PROGRAM ?? 'aria2c', args, { home: makeHome('aria2') })
  const options = { program, timeoutMs: FINISH_MS, everyMs: 20 }
  await until('aria2 has taken the torrent', async () => (await activeDownload(rpcPort)) !== undefined, options)
  return {
    address: { ip: '127.0.0.1', port },
    pid: program.pid,
    addedAt,
    async finished(timeoutMs = FINISH_MS) {
      const isSeeding = async (): Promise<boolean> => (await activeDownload(rpcPort))?.['seeder'] === 'true'
      await until('aria2 has all', isSeeding, { ...options, timeoutMs })
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}

function settings(port: number, rpcPort: number): string[] {
  return [
    '--no-conf',
    '--enable-rpc',
    `--rpc-listen-port=${rpcPort}`,
    `--listen-port=${port}`,
    '--disable-ipv6',
    // Without its DHT it has no UDP trackers; it knows no node, so nobody is asked.
    '--enable-dht=true',
    `--dht-listen-port=${port}`,
    '--enable-dht6=false',
    '--enable-peer-exchange=false',
    '--bt-enable-lpd=false',
    '--seed-ratio=0.0',
    '--check-integrity=true',
    '--file-allocation=none',
    '--console-log-level=notice',
    '--summary-interval=0',
    '--follow-torrent=false',
  ]
}

/** `undefined` while aria2 does not answer yet, or still checks the data that is there. */
async function activeDownload(rpcPort: number): Promise<Record<string, unknown> | undefined> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'aria2.tellActive' })
  const answer = await fetch(`http://127.0.0.1:${rpcPort}/jsonrpc`, { method: 'POST', body }).catch(() => undefined)
  const active = asRecord((await answer?.json()) ?? {})['result']
  return Array.isArray(active) && active.length > 0 ? asRecord(active[0]) : undefined
}
