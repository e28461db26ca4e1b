// A Redis server of a test's own, on a free port of this machine: nothing of it is written anywhere, and it ends with the
// test. Valkey will do, too.
import { createClient } from '@redis/client'
import { findProgram, freePort, type Program, startProgram, until } from './program.ts'

const PROGRAM = findProgram('redis-server') ?? findProgram('valkey-server')
const MISSING = 'redis-server is not installed: apt-get install redis-server'

/** Why tests cannot run here; false if they can. Where everything must be tested they run, and fail with the reason. */
export const skipWithoutRedis: string | false = PROGRAM === undefined && process.env['CI'] !== 'true' && MISSING

export interface RedisOptions {
  readonly password?: string
  /** One server that has all slots of a cluster: keys that do not belong together are refused. */
  readonly isCluster?: boolean
}

export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #options: RedisOptions
  #program: Program

  private constructor(port: number, options: RedisOptions, program: Program) {
    this.port = port
    this.#options = options
    this.#program = program
  }

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt++) {
      const port = await freePort()
      try {
        const server = new RedisServer(port, options, await run(port, options))
        if (options.isCluster === true) await server.ask('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
        return server
      } catch (error) {
        if (attempt === 5 || PROGRAM === undefined) throw error // else somebody was faster to take the port
      }
    }
  }

  url(database = 0): string {
    const { password } = this.#options
    const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`
    return `redis://${credentials}127.0.0.1:${this.port}/${database}`
  }

  /** Sends one command to database 0. */
  async ask(...words: readonly string[]): Promise<unknown> {
    const client = createClient({ url: this.url(), RESP: 2, socket: { reconnectStrategy: false } })
    client.on('error', () => {}) // the call below fails, too
    try {
      await client.connect()
      return await client.sendCommand(words)
    } finally {
      client.destroy()
    }
  }

  /** All keys of database 0. */
  async keys(): Promise<readonly string[]> {
    const keys = await this.ask('KEYS', '*')
    return Array.isArray(keys) ? keys.map(String).sort() : []
  }

  signal(name: NodeJS.Signals): void {
    this.#program.signal(name)
  }

  /** Ends at once, and forgets all. */
  async kill(): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
  }

  /** After `kill`, on the same port. */
  async restart(): Promise<void> {
    this.#program = await run(this.port, this.#options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}

async function run(port: number, { password, isCluster }: RedisOptions): Promise<Program> {
  if (PROGRAM === undefined) throw new Error(MISSING)
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const more = isCluster === true ? ['--cluster-enabled', 'yes'] : ['--databases', '100']
  const secret = password === undefined ? [] : ['--requirepass', password]
  let isReady = false
  const onLine = (line: string): void => void (isReady ||= line.includes('eady to accept connections'))
  const program = startProgram(PROGRAM, [...settings, ...more, ...secret], { onLine })
  try {
    await until('Redis is ready', () => isReady, { program, everyMs: 10 })
    return program
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  }
}
