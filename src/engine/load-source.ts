// What a user names as a torrent: a .torrent file, a magnet link, an info-hash, or the web address of a .torrent file.
import { open } from 'node:fs/promises'
import { AppError } from '../core/errors.ts'
import { MAX_TORRENT_BYTES } from '../core/metainfo/limits.ts'
import { type Magnet, parseMagnet } from '../core/metainfo/magnet.ts'
import type { Metainfo } from '../core/metainfo/metainfo.ts'
import { parseTorrent } from '../core/metainfo/parse.ts'
import { nodeHasher } from '../io/hasher.ts'
import { failedFile } from '../io/files.ts'
import { version } from '../io/version.ts'

export type Source =
  | { readonly kind: 'torrent'; readonly bytes: Uint8Array; readonly metainfo: Metainfo }
  | { readonly kind: 'magnet'; readonly link: string; readonly magnet: Magnet }

/** Throws AppError: what is wrong with the file, the link or the answer of the web server. */
export async function loadSource(text: string, signal: AbortSignal): Promise<Source> {
  const link = /^([0-9a-f]{40}|[a-z2-7]{32})$/i.test(text) ? `magnet:?xt=urn:btih:${text}` : text
  if (/^magnet:/i.test(link)) return { kind: 'magnet', link, magnet: parseMagnet(link) }
  return loadTorrent(text, signal)
}

/** As `loadSource`, where a magnet link says too little: the pieces' hashes are needed. */
export async function loadTorrent(text: string, signal: AbortSignal): Promise<Source & { readonly kind: 'torrent' }> {
  if (/^magnet:/i.test(text)) {
    throw new AppError('usage', 'a magnet link does not hold the hashes of the pieces; give the .torrent file')
  }
  const bytes = /^https?:\/\//i.test(text) ? await fetchTorrent(text, signal) : await readTorrent(text)
  return parseSource(bytes)
}

/** Throws AppError 'bad-metainfo'. */
export function parseSource(bytes: Uint8Array): Source & { readonly kind: 'torrent' } {
  return { kind: 'torrent', bytes, metainfo: parseTorrent(bytes, nodeHasher, process.platform) }
}

async function readTorrent(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path)
    const stats = await file.stat()
    if (stats.isDirectory()) {
      throw new AppError('usage', `"${path}" is a folder; give a .torrent file or a magnet link (or share the folder)`)
    }
    // One byte too many is enough to see that there are too many, also of what has no size: a pipe, a device.
    const bytes = new Uint8Array(MAX_TORRENT_BYTES + 1)
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, null)
      if (bytesRead === 0) break
      length += bytesRead
    }
    if (length > MAX_TORRENT_BYTES) {
      throw new AppError('bad-metainfo', `"${path}" is no .torrent file: it has more than ${MAX_TORRENT_BYTES} bytes`)
    }
    return bytes.slice(0, length)
  } catch (cause) {
    throw failedFile('read', path, cause)
  }
}

async function fetchTorrent(text: string, signal: AbortSignal): Promise<Uint8Array> {
  if (!URL.canParse(text)) throw new AppError('usage', `"${text}" is no web address`)
  const { httpGet } = await import('../io/http-client.ts')
  const url = new URL(text)
  const { status, body } = await httpGet(url, {
    userAgent: `shoal/${version()}`,
    signal,
    limits: { bodyBytes: MAX_TORRENT_BYTES, inflatedBytes: MAX_TORRENT_BYTES },
  })
  if (status === 200) return body
  const code = status === 404 || status === 410 ? 'not-found' : 'bad-answer'
  throw new AppError(code, `${url.host} has no torrent at this address (HTTP status ${status})`)
}
