// Talks to the daemon of a state folder, over the socket that lies there.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { AppError, type ErrorCode } from '../core/errors.ts'
import { controlSocketPath } from '../daemon/control-socket.ts'
import { type DaemonEvent, TORRENT_ROW_FIELDS, type TorrentRow } from '../daemon/rpc/types.ts'
import { defaultStateDir } from '../io/state-dir.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { commandName } from './command-name.ts'

/** Longer than the longest method takes: adding from a slow web server. */
const ANSWER_MS = 90_000
const CHECKED_MS = 100
/** `status` of the API. */
const CHECKING = 2

export class DaemonClient implements AsyncDisposable {
  readonly #stateDir: string
  readonly #socket: string
  readonly #host: AsyncDisposable | undefined

  /** `host`: the daemon that this process is itself for now; it goes with the client. */
  constructor(stateDir: string = defaultStateDir(), host?: AsyncDisposable) {
    this.#stateDir = stateDir
    this.#socket = controlSocketPath(stateDir)
    this.#host = host
  }

  /** The daemon is this process, for as long as the command runs. */
  get isHosted(): boolean {
    return this.#host !== undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host?.[Symbol.asyncDispose]()
  }

  /** The result of a method; `timeoutMs` 0 waits for ever. Throws AppError: what the daemon says, or that there is none. */
  async call<Result>(method: string, params: object = {}, timeoutMs = ANSWER_MS): Promise<Result> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const answer: unknown = JSON.parse(await this.#post(body, timeoutMs))
    if (isFailure(answer)) throw new AppError(codeOf(answer.error.data?.code), answer.error.message)
    return (answer as { result: Result }).result
  }

  /**
   * The torrents that words name: their numbers, the beginning of their info-hashes, or of their names. Throws AppError
   * 'not-found' or, for a word that names several, 'usage'.
   */
  async torrents(words: readonly string[]): Promise<TorrentRow[]> {
    const torrents = await this.allTorrents()
    const chosen = words.map((word) => theOne(torrents, word))
    return [...new Set(chosen)]
  }

  async isThere(): Promise<boolean> {
    try {
      await this.call('shoal_status')
      return true
    } catch (error) {
      if (error instanceof AppError && error.code === 'not-found') return false
      throw error
    }
  }

  async allTorrents(): Promise<TorrentRow[]> {
    const { torrents } = await this.call<{ torrents: TorrentRow[] }>('torrent_get', { fields: TORRENT_ROW_FIELDS })
    return torrents
  }

  /** Where the daemon has only just begun, it looks at files first. */
  async whenChecked(hash: string | undefined): Promise<void> {
    for (;;) {
      const torrent = (await this.allTorrents()).find((one) => one.hash_string === hash)
      if (torrent?.status !== CHECKING) return
      await setTimeout(CHECKED_MS)
    }
  }

  /** Changes as they come; ends with the signal or with the daemon. */
  async *events(signal: AbortSignal): AsyncGenerator<DaemonEvent> {
    const { request: open } = process.getBuiltinModule('node:http')
    const request = open({ socketPath: this.#socket, path: '/events', agent: false, signal })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    let event = ''
    for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.startsWith('event: ')) event = line.slice('event: '.length)
      if (line.startsWith('data: ')) yield { event, data: JSON.parse(line.slice('data: '.length)) } as DaemonEvent
    }
  }

  #post(body: string, timeoutMs: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const { request: open } = process.getBuiltinModule('node:http')
    const request = open({
      socketPath: this.#socket,
      path: '/transmission/rpc',
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
      agent: false,
      timeout: timeoutMs,
    })
    request.on('timeout', () => request.destroy(new AppError('timeout', 'the daemon gave no answer')))
    request.on('error', (cause) => reject(cause instanceof AppError ? cause : this.#noDaemon(cause)))
    request.on('response', (response) => void readText(response).then(resolve, reject))
    request.end(body)
    return promise
  }

  #noDaemon(cause: NodeJS.ErrnoException): AppError {
    if (cause.code === 'EACCES') {
      return new AppError('disk-permission', `the daemon of ${this.#stateDir} belongs to somebody else`, { cause })
    }
    const way = `start one with "${commandName()} daemon", or say where with --state-dir`
    return new AppError('not-found', `no daemon runs on ${this.#stateDir}: ${way}`, { cause })
  }
}

function theOne(torrents: readonly TorrentRow[], word: string): TorrentRow {
  const byId = torrents.find(({ id }) => String(id) === word)
  if (byId !== undefined) return byId
  const start = word.toLowerCase()
  const found = torrents.filter(({ name, hash_string: hash }) => {
    return (start.length >= 4 && hash.startsWith(start)) || name.toLowerCase().startsWith(start)
  })
  const exact = found.filter(({ name, hash_string: hash }) => name === word || hash === start)
  const [only, other] = exact.length === 1 ? exact : found
  if (only === undefined) throw new AppError('not-found', `there is no torrent "${word}" (shoal list shows them)`)
  if (other === undefined) return only
  throw new AppError('usage', `"${word}" could be "${only.name}" or "${other.name}": say more of it, or its number`)
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  if (response.statusCode === 200) return text
  throw new AppError('bad-answer', `the daemon refused (${response.statusCode}): ${text.trim()}`)
}

interface Failure {
  readonly error: { readonly message: string; readonly data?: { readonly code?: string } }
}

function isFailure(answer: unknown): answer is Failure {
  return typeof answer === 'object' && answer !== null && 'error' in answer
}

function codeOf(code: string | undefined): ErrorCode {
  return code !== undefined && Object.hasOwn(EXIT_CODES, code) ? (code as ErrorCode) : 'internal'
}
