// qBittorrent without a window (Debian: qbittorrent-nox), driven over its Web API. Tries encryption first, then plain.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asRecord } from '../../support/json.ts'
import { FINISH_MS, type Client } from './client.ts'
import { findProgram, freePort, makeHome, startProgram, until } from '../../support/program.ts'

const PROGRAM = findProgram('qbittorrent-nox')

export const qbittorrent: Client = {
  name: 'qbittorrent',
  missing: PROGRAM === undefined ? 'qbittorrent-nox' : undefined,
  connects: true,
  async start({ torrent, dir }) {
    const port = await freePort()
    const webPort = await freePort()
    const home = makeHome('qbittorrent')
    writeSettings(home)
    const args = [`--profile=${home}`, `--webui-port=${webPort}`, `--torrenting-port=${port}`]
    const program = startProgram(PROGRAM ?? 'qbittorrent-nox', args, { home })
    const api = `http://127.0.0.1:${webPort}/api/v2`
    await until('qbittorrent answers', () => fetch(`${api}/app/version`).catch(() => undefined), { program })

    const form = new FormData()
    form.set('torrents', new Blob([readFileSync(torrent)]), 'a.torrent')
    form.set('savepath', dir)
    const addedAt = performance.now()
    await fetch(`${api}/torrents/add`, { method: 'POST', body: form })
    await until('qbittorrent has taken the torrent', () => onlyTorrent(api), { program })
    return {
      address: { ip: '127.0.0.1', port },
      pid: program.pid,
      addedAt,
      async finished(timeoutMs = FINISH_MS) {
        const isSeeding = async (): Promise<boolean> => SEEDING.has(String((await onlyTorrent(api))?.['state']))
        await until('qbittorrent has all', isSeeding, { program, timeoutMs })
      },
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    }
  },
}

const SEEDING = new Set(['uploading', 'stalledUP', 'forcedUP'])

async function onlyTorrent(api: string): Promise<Record<string, unknown> | undefined> {
  const torrents: unknown = await (await fetch(`${api}/torrents/info`)).json()
  return Array.isArray(torrents) && torrents.length > 0 ? asRecord(torrents[0]) : undefined
}

function writeSettings(home: string): void {
  const folder = join(home, 'qBittorrent', 'config')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'qBittorrent.conf'),
    `[BitTorrent]
Session\\BTProtocol=TCP
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\Interface=lo
Session\\InterfaceAddress=127.0.0.1
Session\\MultiConnectionsPerIp=true
Session\\QueueingSystemEnabled=false

[LegalNotice]
Accepted=true

[Network]
PortForwardingEnabled=false

[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\LocalHostAuth=false
`,
  )
}
