// Requests to other people's devices. Over TLS nobody vouches for a certificate but its fingerprint: it is looked at
// before a byte is sent.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as tcpConnect, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Address, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { fingerprintOf, type Identity } from './identity.ts'

export interface Target {
  readonly address: Address
  readonly protocol: 'http' | 'https'
  /** Absent for somebody who was never met: whoever answers there is pinned. */
  readonly fingerprint: string | undefined
}

export interface Answer {
  readonly status: number
  readonly body: string
  /** Of the one who answered; absent over plain HTTP. */
  readonly fingerprint: string | undefined
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST'
  readonly json?: unknown
  /** Sent as it is, instead of JSON. */
  readonly body?: { readonly stream: Readable; readonly length: number }
  readonly signal: AbortSignal
}

const CONNECT_MS = 5_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Throws AppError: 'network', 'timeout', 'interrupted', 'bad-answer' (a wrong fingerprint, too). */
export async function ask(identity: Identity, target: Target, path: string, options: RequestOptions): Promise<Answer> {
  const shown = printAddress(target.address)
  const { socket, fingerprint } = await open(identity, target, options.signal)
  try {
    const text = options.json === undefined ? undefined : JSON.stringify(options.json)
    const request = httpRequest({
      createConnection: () => socket,
      host: target.address.ip,
      port: target.address.port,
      path,
      method: options.method ?? 'POST',
      headers: {
        Host: shown,
        ...(text !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
        ...(options.body && { 'Content-Type': 'application/octet-stream', 'Content-Length': options.body.length }),
      },
      signal: options.signal,
    })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve)
      request.on('error', reject)
    })
    if (options.body === undefined) request.end(text)
    else await Promise.race([pipeline(options.body.stream, request), answered])
    const response = await answered
    return { status: response.statusCode ?? 0, body: await readText(response, shown), fingerprint }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    if (options.signal.aborted) throw new AppError('interrupted', `${shown} was not waited for any longer`, { cause })
    throw new AppError('network', `the connection to ${shown} broke (${wordOf(cause)})`, { cause })
  } finally {
    socket.destroy()
  }
}

async function open(
  { key, cert }: Identity,
  { address, protocol, fingerprint }: Target,
  signal: AbortSignal,
): Promise<{ readonly socket: Socket; readonly fingerprint: string | undefined }> {
  const where = { host: address.ip, port: address.port }
  const shown = printAddress(address)
  if (signal.aborted) throw new AppError('interrupted', `${shown} was not waited for`)
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  const socket =
    protocol === 'http'
      ? tcpConnect(where, () => resolve(undefined))
      : // The certificates are self-signed: the fingerprint says all, and is looked at below.
        tlsConnect({ ...where, key, cert, rejectUnauthorized: false, minVersion: 'TLSv1.2' }, () => {
          resolve(fingerprintOf(secure.getPeerX509Certificate()?.raw ?? new Uint8Array(0)))
        })
  const secure = socket as ReturnType<typeof tlsConnect>
  const late = setTimeout(() => reject(new AppError('timeout', `${shown} did not answer`)), CONNECT_MS)
  const abort = (): void => reject(new AppError('interrupted', `${shown} was not waited for`))
  signal.addEventListener('abort', abort)
  socket.on('error', (cause) =>
    reject(new AppError('network', `${shown} cannot be reached (${wordOf(cause)})`, { cause })),
  )
  try {
    const actual = await promise
    if (fingerprint !== undefined && actual !== undefined && actual !== fingerprint.toUpperCase()) {
      throw new AppError('bad-answer', `${shown} is somebody else now: its certificate is not the one that is known`)
    }
    return { socket, fingerprint: actual }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', abort)
  }
}

async function readText(response: IncomingMessage, shown: string): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) throw new AppError('bad-answer', `${shown} answers without end`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function wordOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
}
