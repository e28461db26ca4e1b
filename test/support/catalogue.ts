// A tracker's HTTP side with a catalogue in memory, torrents to publish there, and a strict reader of XML.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { type Encodable, encodeBencode } from '../../src/core/bencode.ts'
import { toHex } from '../../src/core/bytes.ts'
import { nodeHasher } from '../../src/io/hasher.ts'
import { Access, type AccessOptions } from '../../src/tracker/access.ts'
import { Catalogue } from '../../src/tracker/catalogue.ts'
import { createCatalogueRoutes } from '../../src/tracker/catalogue-http.ts'
import { CataloguePolicy, type CataloguePolicyOptions } from '../../src/tracker/catalogue-policy.ts'
import { createHttpFront, DEFAULT_HTTP_FRONT_LIMITS } from '../../src/tracker/http-front.ts'
import { DEFAULT_RULES, TrackerLogic } from '../../src/tracker/logic.ts'
import { MemoryStore } from '../../src/tracker/memory-store.ts'

export const START_SEC: number = Date.parse('2026-03-01T12:00:00Z') / 1000
export const KEY: string = 'ab'.repeat(32)
export const OTHER_KEY: string = 'cd'.repeat(32)

export interface ListedTorrentOptions {
  readonly isPrivate?: boolean
  readonly trackers?: readonly string[]
  /** Paths below the torrent's folder; absent: a single file. */
  readonly files?: readonly string[]
}

/** A .torrent of 1,000 bytes for each file. The name makes its info-hash unlike those of others. */
export function torrentNamed(
  name: Encodable,
  { isPrivate, trackers = [], files }: ListedTorrentOptions = {},
): Uint8Array {
  const content =
    files === undefined ? { length: 1000 } : { files: files.map((path) => ({ length: 1000, path: path.split('/') })) }
  const pieces = new Uint8Array(20 * Math.ceil(((files?.length ?? 1) * 1000) / 16_384))
  const info = { name, 'piece length': 16_384, pieces, private: isPrivate === true ? 1 : undefined, ...content }
  return encodeBencode({ announce: trackers[0], info })
}

export function infoHashOf(torrent: Uint8Array): string {
  const text = Buffer.from(torrent).toString('latin1')
  const at = text.indexOf('4:info') + 6
  return toHex(nodeHasher.sha1(torrent.subarray(at, torrent.length - 1)))
}

export interface ServeOptions {
  readonly access?: AccessOptions
  readonly policy?: Partial<CataloguePolicyOptions>
  readonly bodyMs?: number
}

export interface ServedCatalogue extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly catalogue: Catalogue
  readonly access: Access
  readonly store: MemoryStore
  /** Moves both clocks. */
  readonly pass: (ms: number) => void
  readonly publish: (
    torrent: Uint8Array,
    options?: { readonly key?: string; readonly prefix?: string },
  ) => Promise<Response>
  /** Names of what is found, in order. */
  readonly search: (words: string) => Promise<readonly string[]>
}

export async function serveCatalogue({
  access: lists = {},
  policy,
  bodyMs,
}: ServeOptions = {}): Promise<ServedCatalogue> {
  let nowMs = START_SEC * 1000
  const catalogue = Catalogue.open(':memory:', () => Math.floor(nowMs / 1000))
  const store = new MemoryStore()
  const access = await Access.open(lists)
  const rules = new CataloguePolicy({ publish: 'everybody', hasPasskeys: false, ...policy }, () => nowMs)
  const times = bodyMs === undefined ? {} : { bodyMs }
  const routes = createCatalogueRoutes({ catalogue, policy: rules, access, store, ...times })
  const logic = new TrackerLogic(store, DEFAULT_RULES, () => Math.floor(nowMs / 1000) - START_SEC)
  const figures = async () => ({
    ...(await store.counts()),
    ...{ announces: { http: 0, udp: 0, websocket: 0 }, scrapes: 0, refusals: 0 },
  })
  const server = createHttpFront(logic, access, DEFAULT_HTTP_FRONT_LIMITS, figures, routes)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  const url = `http://127.0.0.1:${address.port}`
  return {
    url,
    port: address.port,
    catalogue,
    access,
    store,
    pass: (ms) => (nowMs += ms),
    publish: (torrent, { key = KEY, prefix = '' } = {}) =>
      fetch(`${url}${prefix}/catalogue`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-bittorrent', 'Shoal-Owner-Key': key },
        body: Uint8Array.from(torrent),
      }),
    search: async (words) => {
      const answer = await fetch(`${url}/catalogue?q=${encodeURIComponent(words)}`)
      const { torrents } = (await answer.json()) as { torrents: { name: string }[] }
      return torrents.map(({ name }) => name)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      access.close()
      catalogue.close()
      await store.close()
    },
  }
}

export interface RawAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** As it stands: `fetch` would mend paths and choose the Host. */
export async function askRaw(port: number, path: string, options: http.RequestOptions = {}): Promise<RawAnswer> {
  const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options })
  request.end()
  const [response] = await once(request, 'response')
  assert(response instanceof http.IncomingMessage)
  const chunks = await response.toArray()
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }
}

export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  text: string
}

const NAME = '[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?'
const TOKEN = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^<"]*")*)\\s*(/?)>|([^<]+)`, 'y')
const NOT_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** Elements, attributes and text of XML 1.0; fails for all else, which none of our answers needs. */
export function readXml(text: string): XmlElement {
  assert.doesNotMatch(text, NOT_XML)
  assert.ok(text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n'), text.slice(0, 100))
  const root: XmlElement = { name: '', attributes: new Map(), children: [], text: '' }
  const open = [root]
  TOKEN.lastIndex = text.indexOf('\n') + 1
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    assert.ok(match !== null, `no XML: ${text.slice(at, at + 80)}`)
    const [, slash = '', name = '', list = '', end = '', characters] = match
    const last = open.at(-1)
    assert.ok(last !== undefined)
    if (characters !== undefined) {
      assert.doesNotMatch(characters, /\]\]>/)
      last.text += unescaped(characters)
    } else if (slash === '/') {
      assert.equal(name, last.name)
      open.pop()
    } else {
      const pairs = [...list.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'))]
      const attributes = new Map(pairs.map(([, key = '', value = '']) => [key, unescaped(value)]))
      assert.equal(attributes.size, pairs.length, 'an attribute occurs once')
      const element: XmlElement = { name, attributes, children: [], text: '' }
      last.children.push(element)
      if (end === '') open.push(element)
    }
  }
  assert.equal(open.length, 1, 'all is closed')
  assert.equal(root.children.length, 1, 'there is one element around all')
  return root.children[0] ?? root
}

function unescaped(text: string): string {
  assert.doesNotMatch(text.replace(/&(?:amp|lt|gt|quot|#39);/g, ''), /&/)
  const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&([^;]+);/g, (_, name: string) => characters[name] ?? '')
}

/** All elements of this name, wherever they are. */
export function elementsOf(element: XmlElement, name: string): XmlElement[] {
  return [...(element.name === name ? [element] : []), ...element.children.flatMap((child) => elementsOf(child, name))]
}
