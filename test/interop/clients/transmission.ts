// transmission-daemon (Debian: transmission-daemon), driven over its JSON-RPC. It never connects to 127.0.0.1 ("martian"
// to it), so on one machine the other side has to learn its address and connect.
import { readFileSync } from 'node:fs'
import { asRecord } from '../../support/json.ts'
import { FINISH_MS, type Client, type Job, type Running } from './client.ts'
import { findProgram, freePort, makeHome, startProgram, until } from '../../support/program.ts'

const PROGRAM = findProgram('transmission-daemon')

/** Peers in plain and encrypted ones are the same to it, unless it wants only these. */
type Encryption = 'tolerated' | 'required'

export const transmission = transmissionAt('127.0.0.1')

/** With another address of this machine two of them find each other. */
export function transmissionAt(ip: string, encryption: Encryption = 'tolerated', name = 'transmission'): Client {
  return {
    name,
    missing: PROGRAM === undefined ? 'transmission-daemon' : undefined,
    connects: false,
    skipsEmptyFiles: true, // 3.00 does; 4.0 makes them
    start: (job) => start(job, ip, encryption),
  }
}

async function start({ torrent, dir }: Job, ip: string, encryption: Encryption): Promise<Running> {
  const port = await freePort()
  const rpcPort = await freePort()
  const home = makeHome('transmission')
  const args = [...settings(home, ip, port, rpcPort), `--encryption-${encryption}`]
  const program = startProgram(PROGRAM ?? 'transmission-daemon', args, { home })
  const call = caller(rpcPort)
  await until('transmission answers', () => call('session-get', {}).catch(() => undefined), { program })
  const metainfo = readFileSync(torrent).toString('base64')
  const addedAt = performance.now()
  await call('torrent-add', { metainfo, 'download-dir': dir })
  return {
    address: { ip, port },
    pid: program.pid,
    addedAt,
    async finished(timeoutMs = FINISH_MS) {
      const isSeeding = async (): Promise<boolean> => {
        const answer = await call('torrent-get', { fields: ['status', 'error', 'errorString'] })
        return JSON.stringify(answer).includes(`"status":${STATUS_SEEDING}`)
      }
      await until('transmission has all', isSeeding, { program, timeoutMs })
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}

const STATUS_SEEDING = 6

function settings(home: string, ip: string, port: number, rpcPort: number): string[] {
  return [
    '--foreground',
    '--log-info',
    '--no-auth',
    '--no-dht',
    '--no-lpd',
    '--no-utp',
    '--no-portmap',
    '--no-incomplete-dir',
    '--no-global-seedratio',
    `--config-dir=${home}`,
    `--bind-address-ipv4=${ip}`,
    `--peerport=${port}`,
    '--rpc-bind-address=127.0.0.1',
    `--port=${rpcPort}`,
  ]
}

/** The first call is answered with 409 and the session id that later ones must carry. */
function caller(rpcPort: number): (method: string, args: object) => Promise<unknown> {
  let sessionId = ''
  return async function call(method, args): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${rpcPort}/transmission/rpc`, {
      method: 'POST',
      headers: { 'X-Transmission-Session-Id': sessionId },
      body: JSON.stringify({ method, arguments: args }),
    })
    if (response.status === 409) {
      sessionId = response.headers.get('X-Transmission-Session-Id') ?? ''
      return call(method, args)
    }
    const { result, arguments: answer } = asRecord(await response.json())
    if (result !== 'success') throw new Error(`transmission ${method}: ${JSON.stringify(result)}`)
    return answer
  }
}
