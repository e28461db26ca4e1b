// A connection to a Redis (6.2 or later) or Valkey server, of redis-store.ts and redis-relay.ts: it is made again whenever
// it breaks. What is sent while the server is away fails at once; when that hangs, after `callMs`, and at once when
// `maxQueue` wait.
import { AppError } from '../core/errors.ts'
import { says } from './redis-announce.ts'

export interface RedisConnectionOptions {
  /** How long one call may take. */
  readonly callMs: number
  /** Calls that wait for an answer. */
  readonly maxQueue: number
}

/** What is used of the client. */
interface Client {
  readonly isReady: boolean
  connect(): Promise<unknown>
  sendCommand(args: readonly (string | Buffer)[]): Promise<unknown>
  subscribe(channel: string, listener: (message: Buffer) => void, isBinary: true): Promise<unknown>
  destroy(): void
}

const [CONNECT_MS, PING_MS, SILENCE_MS, MAX_RETRY_MS] = [3_000, 2_000, 6_000, 1_000]

export class RedisConnection {
  readonly #client: Client
  readonly #callMs: number
  /** Calls that were answered. */
  #answers = 0

  private constructor(client: Client, callMs: number) {
    this.#client = client
    this.#callMs = callMs
  }

  /** Without `first`, a call, the connection would be of no use. Throws AppError: `usage` or `network`. */
  static async open(
    url: string,
    { callMs, maxQueue }: RedisConnectionOptions,
    first: (connection: RedisConnection) => Promise<unknown>,
  ): Promise<RedisConnection> {
    const { host } = placeOf(url)
    const { createClient, RESP_TYPES } = await import('@redis/client').catch(() => {
      throw usage('swarms in Redis need a package that is not installed: run "npm install @redis/client"')
    })
    let isPersistent = false
    const reconnectStrategy = (retries: number): number | false =>
      isPersistent && Math.min(50 * 2 ** retries, MAX_RETRY_MS)
    const client = createClient({
      url,
      RESP: 2,
      maintNotifications: 'disabled',
      disableClientInfo: true,
      disableOfflineQueue: true,
      commandsQueueMaxLength: maxQueue,
      pingInterval: PING_MS,
      // Its own timer stops when a command is written; ours runs until the answer.
      commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
      socket: { connectTimeout: CONNECT_MS, socketTimeout: SILENCE_MS, reconnectStrategy },
    })
    client.on('error', () => {}) // without a listener it would end the process; each call fails by itself
    client.on('ready', () => {
      if (!client.isOpen) client.destroy() // it was closed while it connected
    })
    try {
      const connection = new RedisConnection(client, callMs)
      await within(callMs, client.connect(), () => client.destroy())
      await first(connection)
      isPersistent = true
      return connection
    } catch (error) {
      client.destroy()
      throw cannotUse(host, error)
    }
  }

  /** The server is there, as far as we know. */
  get isReady(): boolean {
    return this.#client.isReady
  }

  /** Fails with what the client says. */
  async send(args: readonly (string | Buffer)[]): Promise<unknown> {
    const before = this.#answers
    const answer = await within(this.#callMs, this.#client.sendCommand(args), () => {
      if (this.#answers === before) this.#reconnect()
    })
    this.#answers++
    return answer
  }

  /** Hears a channel from now on, also over connections that replace this one; `send` must not be called then. */
  async subscribe(channel: string, listener: (message: Buffer) => void): Promise<void> {
    await within(this.#callMs, this.#client.subscribe(channel, listener, true), () => {})
  }

  /** Calls that are under way fail. */
  close(): void {
    this.#client.destroy()
  }

  /** Nothing has come for long: a router may have forgotten the connection, which nobody tells us. */
  #reconnect(): void {
    if (!this.#client.isReady) return // it is at it
    this.#client.destroy()
    this.#client.connect().catch(() => {}) // it was closed meanwhile
  }
}

async function within<Answer>(ms: number, job: Promise<Answer>, onLate: () => void): Promise<Answer> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Error('no answer in time'))
    onLate()
  }, ms)
  return Promise.race([job, late.promise]).finally(() => clearTimeout(timer))
}

function usage(message: string): AppError {
  return new AppError('usage', message)
}

export interface RedisPlace {
  /** What may be shown of a URL: no name and no password, nor the URL itself if it is none. */
  readonly host: string
  readonly database: number
}

/** `url`: `redis[s]://[[name]:password@]host[:port][/number]`. Throws AppError `usage`. */
export function placeOf(url: string): RedisPlace {
  try {
    const { protocol, username, password, hostname, host, pathname } = new URL(url)
    const isText = typeof decodeURIComponent(username + password) === 'string' // it throws if it is none
    if (isText && /^rediss?:$/.test(protocol) && hostname !== '' && /^(\/\d*)?$/.test(pathname)) {
      return { host, database: Number(pathname.slice(1)) }
    }
  } catch {
    // The same is wrong as with those that are no places of Redis servers.
  }
  throw usage('expected the place of a Redis server as redis://host, or redis://name:password@host:6379/0')
}

/** Without its cause: what a stranger's server answers may hold the password. */
function cannotUse(place: string, error: unknown): AppError {
  const isAbout = (words: string): boolean => says(error, words)
  if (isAbout('unknown command')) return usage(`the server at ${place} is no Redis of version 6.2 or later`)
  if (isAbout('DB index')) return usage(`the Redis server at ${place} has no database of this number`)
  if (isAbout('NOPERM') && isAbout('channel')) {
    return usage(
      `the Redis server at ${place} must let this user use the channels of trackers: add &shoal:* to its rules`,
    )
  }
  if (isAbout('WRONGPASS') || isAbout('AUTH') || isAbout('NOPERM')) {
    return usage(`the Redis server at ${place} wants another name or password, as in redis://name:password@host`)
  }
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return new AppError('network', `cannot reach a Redis server at ${place}${code}: look whether it runs there`)
}
