// A tracker with a catalogue as commands see it: keeps what was sent, and can be told to answer otherwise.
import http from 'node:http'
import { once } from 'node:events'
import { toHex } from '../../src/core/bytes.ts'
import type { Metainfo } from '../../src/core/metainfo/metainfo.ts'
import { parseTorrent } from '../../src/core/metainfo/parse.ts'
import { nodeHasher } from '../../src/io/hasher.ts'

export interface Posted {
  readonly path: string
  readonly ownerKey: string
  readonly bytes: Uint8Array
  readonly metainfo: Metainfo
}

interface Reply {
  readonly status: number
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** What to answer to a request of `/catalogue...`; `undefined`: as a catalogue does. */
export type Otherwise = (method: string, path: string) => Reply | 'never' | undefined

export interface CatalogueServer extends AsyncDisposable {
  /** Without a path. */
  readonly url: string
  readonly posted: readonly Posted[]
  readonly entries: ReadonlyMap<string, Posted>
  /** `METHOD path` of all requests but announces. */
  readonly requests: readonly string[]
}

export async function serveCatalogue(otherwise: Otherwise = () => undefined): Promise<CatalogueServer> {
  const posted: Posted[] = []
  const requests: string[] = []
  const entries = new Map<string, Posted>()

  function answer(method: string, url: URL, ownerKey: string, bytes: Uint8Array): Reply {
    const [, hash = '', ending] = /\/catalogue\/([0-9a-f]{40})(\.torrent)?$/.exec(url.pathname) ?? []
    const entry = entries.get(hash)
    if (method === 'POST') {
      const metainfo = parseTorrent(bytes, nodeHasher)
      const one = { path: url.pathname, ownerKey, bytes, metainfo }
      const made = toHex(metainfo.info.infoHashV1 ?? new Uint8Array())
      const isNew = !entries.has(made)
      posted.push(one)
      if (isNew) entries.set(made, one)
      const body = JSON.stringify({ info_hash: made, name: metainfo.info.name, isNew })
      return { status: isNew ? 201 : 200, body }
    }
    if (hash === '') return { status: 200, body: JSON.stringify(found(url.searchParams)) }
    if (entry === undefined) return { status: 404, body: '{"error":"it is not listed"}' }
    if (method === 'GET' && ending !== undefined) return { status: 200, body: entry.bytes }
    if (method !== 'DELETE') return { status: 500 }
    if (entry.ownerKey !== ownerKey) return { status: 403, body: '{"error":"it is another\'s"}' }
    entries.delete(hash)
    return { status: 204 }
  }

  function found(query: URLSearchParams): object {
    const words = (query.get('q') ?? '').toLowerCase().split(/\s+/)
    const torrents = [...entries].flatMap(([hash, { metainfo }]) => {
      const { name, totalSize, files } = metainfo.info
      const text = [name, ...files.flatMap(({ path }) => path)].join(' ').toLowerCase()
      if (!words.every((word) => text.includes(word))) return []
      const counts = { seeders: 2, leechers: 1, completed: 0, published_at: '2020-01-01T00:00:00Z' }
      return [{ info_hash: hash, name, size: totalSize, files: files.length, ...counts }]
    })
    return { total: torrents.length, torrents: torrents.slice(0, Number(query.get('limit'))) }
  }

  async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', headers } = request
    const url = new URL(request.url ?? '', 'http://here')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (url.pathname.endsWith('/announce')) return void response.end('d8:intervali1800e5:peers0:e')
    requests.push(`${method} ${request.url}`)
    const ownerKey = String(headers['shoal-owner-key'])
    const reply = otherwise(method, url.pathname) ?? answer(method, url, ownerKey, Buffer.concat(chunks))
    if (reply !== 'never') response.writeHead(reply.status, reply.headers).end(reply.body)
  }

  const server = http.createServer((request, response) => void serve(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    posted,
    requests,
    entries,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
