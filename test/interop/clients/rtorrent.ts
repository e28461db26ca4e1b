// rTorrent (Debian: rtorrent) without its screen, driven by XML-RPC over an SCGI socket. It keeps one peer per IP from a
// tracker's answer: where that lists rTorrent itself too, as opentracker does, the other one may never be tried.
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { FINISH_MS, type Client } from './client.ts'
import { findProgram, freePort, makeHome, startProgram, until } from '../../support/program.ts'

const PROGRAM = findProgram('rtorrent')

export const rtorrent: Client = {
  name: 'rtorrent',
  missing: PROGRAM === undefined ? 'rtorrent' : undefined,
  connects: false,
  async start({ torrent, dir }) {
    const port = await freePort()
    const home = makeHome('rtorrent')
    writeSettings(home, dir, port)
    const program = startProgram(PROGRAM ?? 'rtorrent', ['-n', '-o', `import=${join(home, 'rc')}`], { home })
    const call = (method: string, ...params: readonly string[]): Promise<string> =>
      callXmlRpc(join(home, 'rpc'), method, params)
    await until('rtorrent answers', () => call('system.pid').catch(() => undefined), { program })
    const addedAt = performance.now()
    await call('load.start', '', torrent)
    const taken = await until('rtorrent has taken the torrent', () => call('download_list').then(findHash), { program })
    return {
      address: { ip: '127.0.0.1', port },
      pid: program.pid,
      addedAt,
      async finished(timeoutMs = FINISH_MS) {
        const isComplete = async (): Promise<boolean> => (await call('d.complete', taken)).includes('<i8>1</i8>')
        await until('rtorrent has all', isComplete, { program, timeoutMs, everyMs: 20 })
      },
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    }
  },
}

function findHash(answer: string): string | undefined {
  return /<string>([0-9A-F]{40})</.exec(answer)?.[1]
}

function writeSettings(home: string, dir: string, port: number): void {
  mkdirSync(join(home, 'session'))
  writeFileSync(
    join(home, 'rc'),
    `system.daemon.set = true
session.path.set = ${join(home, 'session')}
directory.default.set = ${dir}
network.scgi.open_local = ${join(home, 'rpc')}
network.bind_address.set = 127.0.0.1
network.port_range.set = ${port}-${port}
network.port_random.set = no
dht.mode.set = disable
protocol.pex.set = no
protocol.encryption.set = allow_incoming,enable_retry
trackers.use_udp.set = yes
`,
  )
}

/** One one connection: SCGI is a netstring of headers, the body, and an HTTP-like answer until the end. */
function callXmlRpc(socketPath: string, method: string, params: readonly string[]): Promise<string> {
  const values = params.map((param) => `<param><value>${escapeXml(param)}</value></param>`).join('')
  const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`
  const headers = `CONTENT_LENGTH\0${Buffer.byteLength(body)}\0SCGI\x001\0`
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(socketPath, () => socket.write(`${headers.length}:${headers},${body}`))
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => (answer += text))
    socket.on('error', reject)
    socket.on('end', () =>
      answer.includes('<fault>') ? reject(new Error(`rtorrent ${method}: ${answer}`)) : resolve(answer),
    )
  })
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
