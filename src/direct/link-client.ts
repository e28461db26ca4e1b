// Files that somebody shares by link: the receiver's side of section 5 of the LocalSend protocol.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { AppError } from '../core/errors.ts'
import { type OfferedFile, parse, PREPARE_DOWNLOAD, routeOf } from './protocol.ts'
import { receiveFile } from './received-file.ts'

export interface LinkOptions {
  readonly pin: string | undefined
  /** The folder that they go to. */
  readonly dir: string
  readonly signal: AbortSignal
  readonly onProgress: (doneBytes: number, totalBytes: number) => void
}

export interface Fetched {
  /** Who shares it, as he calls himself. */
  readonly from: string
  /** Paths below `dir`. */
  readonly paths: readonly string[]
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024
/** Somebody may be asked whether we may have it; later, nothing came for so long. */
const SILENT_MS = 10 * 60_000

/** Everything behind the link, one file after the other. Throws AppError; what came before it stays. */
export async function fetchLink(link: URL, { pin, dir, signal, onProgress }: LinkOptions): Promise<Fetched> {
  const query = pin === undefined ? {} : { pin }
  const answer = await call(new URL(routeOf('prepare-download', query), link), 'POST', signal)
  const { statusCode: status } = answer
  const body = await readSome(answer, link)
  if (status === 401) throw new AppError('usage', `${link.host} asks for a PIN: give the right one with --pin`)
  if (status === 429) throw new AppError('bad-answer', `${link.host} was asked too often: try again later`)
  if (status === 403) throw new AppError('busy', `${link.host} shares nothing with you now`)
  const offered = status === 200 ? parse(PREPARE_DOWNLOAD, body) : undefined
  if (offered === undefined) throw new AppError('bad-answer', `${link.host} is no link to files`)
  const { sessionId, info } = offered
  const files = Object.entries(offered.files)
  const totalBytes = files.reduce((sum, [, { size }]) => sum + size, 0)
  const paths: string[] = []
  let doneBytes = 0
  for (const [fileId, file] of files) {
    const place = new URL(routeOf('download', { sessionId, fileId }), link)
    paths.push(
      await fetchFile(place, file, dir, signal, (count) => {
        doneBytes += count
        onProgress(doneBytes, totalBytes)
      }),
    )
  }
  return { from: info.alias, paths }
}

async function fetchFile(
  place: URL,
  { fileName, size, sha256 }: OfferedFile,
  dir: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<string> {
  const answer = await call(place, 'GET', signal)
  if (answer.statusCode !== 200) {
    answer.destroy()
    throw new AppError('bad-answer', `${place.host} does not give "${fileName}" (status ${answer.statusCode})`)
  }
  const expected = { name: fileName, size, sha256: sha256 ?? undefined }
  return receiveFile(dir, expected, unlessBroken(answer, place, signal), onBytes)
}

async function* unlessBroken(answer: IncomingMessage, place: URL, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* answer as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw broken(place, signal, cause)
  }
}

function call(place: URL, method: 'GET' | 'POST', signal: AbortSignal): Promise<IncomingMessage> {
  // Nobody vouches for certificates in a local network; a link over http is no safer.
  const options = { method, signal, timeout: SILENT_MS, rejectUnauthorized: false }
  return new Promise((resolve, reject) => {
    const request = (place.protocol === 'https:' ? httpsRequest : httpRequest)(place, options, resolve)
    request.on('error', (cause) => reject(broken(place, signal, cause)))
    request.on('timeout', () => request.destroy(new Error('nothing came for ten minutes')))
    request.end()
  })
}

function broken({ host }: URL, signal: AbortSignal, cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  if (signal.aborted) return new AppError('interrupted', 'stopped before everything was there', { cause })
  const word = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause)
  return new AppError('network', `${host} cannot be reached (${word})`, { cause })
}

async function readSome(answer: IncomingMessage, link: URL): Promise<string> {
  let length = 0
  answer.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) answer.destroy(new AppError('bad-answer', `${link.host} answers without end`))
  })
  return text(answer)
}
