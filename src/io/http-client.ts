// HTTP GET for talking to strangers: every size and time is bounded, nothing stays open afterwards. Trackers are asked
// with it. URLs come from .torrent files, so whoever wrote one must not reach into this machine or its network:
//
//   1. Addresses are public, private (LAN), or of this host (loopback, link-local: cloud metadata lives there).
//   2. A redirect never leads to a more local kind of address than the one that sent it.
//   3. This host itself is asked only for paths that match `hostPath`, if the caller gives one.
//
// The address that was checked is the one that is connected to: a name cannot change in between.
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { AppError } from '../core/errors.ts'
import { isInward, type Locality, mostLocal } from '../core/locality.ts'
import { type ResolvedAddress, resolveHost } from './resolve.ts'

export interface HttpLimits {
  /** From the call to the last byte, redirects included. */
  readonly totalMs: number
  readonly connectMs: number
  /** As it comes over the wire. */
  readonly bodyBytes: number
  /** After gzip or deflate. */
  readonly inflatedBytes: number
  readonly headerBytes: number
  readonly redirects: number
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  totalMs: 60_000,
  connectMs: 20_000,
  bodyBytes: 1024 * 1024,
  inflatedBytes: 4 * 1024 * 1024,
  headerBytes: 64 * 1024,
  redirects: 5,
}

export interface HttpOptions {
  readonly userAgent: string
  readonly signal: AbortSignal
  /** Connect by this address family only; `not-found` if the host has no such address. */
  readonly family?: 4 | 6
  /** What may be asked of loopback and link-local addresses. */
  readonly hostPath?: RegExp
  readonly headers?: Readonly<Record<string, string>>
  readonly limits?: Partial<HttpLimits>
}

export interface HttpAnswer {
  readonly status: number
  /** Inflated. */
  readonly body: Uint8Array
}

/**
 * Any status is an answer; redirects are followed. Fails with `not-found` (no such host), `network`, `timeout`,
 * `bad-answer` (too long, not HTTP, a forbidden redirect) or `interrupted`. Messages name the host, never path or
 * query: passkeys are in there.
 */
export async function httpGet(url: URL, options: HttpOptions): Promise<HttpAnswer> {
  const limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits }
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), limits.totalMs)
  const signal = AbortSignal.any([options.signal, deadline.signal])
  try {
    return await follow(url, options, limits, signal)
  } catch (error) {
    if (options.signal.aborted) throw new AppError('interrupted', `the request to ${url.host} was interrupted`)
    if (deadline.signal.aborted) throw noAnswer(url, limits.totalMs)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function follow(first: URL, options: HttpOptions, limits: HttpLimits, signal: AbortSignal): Promise<HttpAnswer> {
  let url = first
  let allowed: Locality | undefined
  for (let redirects = 0; redirects <= limits.redirects; redirects++) {
    const addresses = await resolveHost(url.hostname, options.family, signal)
    const locality = mostLocal(addresses.map(({ address }) => address))
    if (allowed !== undefined && isInward(allowed, locality)) {
      throw new AppError('bad-answer', `${first.host} redirects to ${url.host}, which is inside the local network`)
    }
    if (locality === 'host' && options.hostPath?.test(url.pathname) === false) {
      throw new AppError('bad-answer', `${url.host} is this machine, and the path is none that a stranger may ask for`)
    }
    allowed ??= locality
    const answer = await getOnce(url, addresses, options, limits, signal)
    if (answer.location === undefined) return inflate(url, answer, limits)
    url = redirectTarget(url, answer.location)
  }
  throw new AppError('bad-answer', `${first.host} redirects more than ${limits.redirects} times`)
}

function redirectTarget(from: URL, location: string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined
  if (target?.protocol === 'http:' || target?.protocol === 'https:') return target
  throw new AppError('bad-answer', `${from.host} redirects to something that is no web address`)
}

interface RawAnswer {
  readonly status: number
  readonly body: Uint8Array
  readonly encoding: string
  readonly location: string | undefined
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

function getOnce(
  url: URL,
  addresses: readonly ResolvedAddress[],
  options: HttpOptions,
  limits: HttpLimits,
  signal: AbortSignal,
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  // Loaded when first needed, and not by `import`, which would load all of Node's web client too: 15 MB.
  const { request: open } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
  const request = open(url, {
    agent: false, // a connection of its own, closed with the answer
    signal,
    maxHeaderSize: limits.headerBytes,
    headers: { 'User-Agent': options.userAgent, 'Accept-Encoding': 'gzip, deflate', ...options.headers },
    lookup: (_name, { all }, found) => {
      const [first] = addresses
      if (all === true || first === undefined) found(null, [...addresses])
      else found(null, first.address, first.family)
    },
  })
  const connecting = setTimeout(() => request.destroy(noAnswer(url, limits.connectMs)), limits.connectMs)
  const connected = (): void => clearTimeout(connecting)
  request.once('socket', (socket) => socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected))
  let isAnswered = false
  request.on('error', (cause) => {
    connected()
    reject(requestFailure(url, cause))
  })
  request.on('close', () => {
    connected()
    if (!isAnswered) reject(new AppError('network', `${url.host} closed the connection without an answer`))
  })
  request.on('response', (response) => {
    isAnswered = true
    response.on('error', (cause) => reject(requestFailure(url, cause)))
    const status = response.statusCode ?? 0
    const { location } = response.headers
    const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity'
    if (REDIRECTS.includes(status) && location !== undefined) {
      resolve({ status, body: new Uint8Array(), encoding, location })
      request.destroy()
      return
    }
    const chunks: Buffer[] = []
    let length = 0
    response.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limits.bodyBytes) return chunks.push(chunk)
      reject(new AppError('bad-answer', `${url.host} answers with more than ${limits.bodyBytes} bytes`))
      return request.destroy()
    })
    response.on('end', () => resolve({ status, body: Buffer.concat(chunks), encoding, location: undefined }))
  })
  request.end()
  return promise
}

const unzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.unzip)

async function inflate(url: URL, answer: RawAnswer, limits: HttpLimits): Promise<HttpAnswer> {
  const { status, body, encoding } = answer
  if (encoding === 'identity' || encoding === '' || body.length === 0) return { status, body }
  if (!['gzip', 'x-gzip', 'deflate'].includes(encoding)) {
    throw new AppError('bad-answer', `${url.host} answers in an encoding that was not asked for`)
  }
  try {
    return { status, body: await unzip(body, { maxOutputLength: limits.inflatedBytes }) }
  } catch (cause) {
    throw new AppError('bad-answer', `the compressed answer of ${url.host} is broken or too long`, { cause })
  }
}

function noAnswer(url: URL, ms: number): AppError {
  return new AppError('timeout', `${url.host} gave no answer within ${ms / 1000} seconds`)
}

function requestFailure(url: URL, cause: NodeJS.ErrnoException): AppError {
  if (cause instanceof AppError) return cause
  switch (cause.code) {
    case 'ECONNREFUSED':
      return new AppError('network', `${url.host} refused the connection`, { cause })
    case 'ECONNRESET':
    case 'EPIPE':
      return new AppError('network', `${url.host} closed the connection without an answer`, { cause })
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
      return new AppError('network', `${url.host} cannot be reached from here`, { cause })
    case 'ETIMEDOUT':
      return new AppError('timeout', `${url.host} gave no answer`, { cause })
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('bad-answer', `${url.host} answers with too many headers`, { cause })
  }
  if (cause.code?.startsWith('HPE_') === true) {
    return new AppError('bad-answer', `${url.host} does not speak HTTP`, { cause })
  }
  if (/CERT|SSL|TLS/.test(cause.code ?? '')) {
    return new AppError('network', `no secure connection to ${url.host} (${cause.code})`, { cause })
  }
  return new AppError('network', `the request to ${url.host} failed (${cause.code ?? cause.message})`, { cause })
}
