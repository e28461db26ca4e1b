// Bodies of many megabytes, of strangers, too: so a few of them at a time.
import { bodyLimit } from 'hono/body-limit'
import type { Context, MiddlewareHandler } from 'hono'
import type { Bindings } from './callers.ts'

/** The largest .torrent in base64, or tens of thousands of files. */
const MAX_BODY_BYTES = 16 * 1024 * 1024
const MAX_AT_ONCE = 8

/** A slow line takes so long for them; who takes longer only means to keep others out. */
const READ_MS = 60_000

export class LargeBodies {
  /** Each with what ends it if it takes too long. */
  readonly #reading = new Map<Context<Bindings>, NodeJS.Timeout>()
  readonly #limitSize = bodyLimit({ maxSize: MAX_BODY_BYTES })

  /**
   * Before a route that reads one: 411 for one that does not tell its length, 413 for one that is too large, 429 while too
   * many are read.
   */
  readonly limit: MiddlewareHandler<Bindings> = async (context, next) => {
    if (context.req.header('content-length') === undefined) return context.json({ message: 'How long is it?' }, 411)
    if (this.#reading.size >= MAX_AT_ONCE) return context.json({ message: 'Too many offers at once' }, 429)
    this.#reading.set(
      context,
      setTimeout(() => context.env.incoming.destroy(), READ_MS),
    )
    try {
      return await this.#limitSize(context, next)
    } finally {
      this.#done(context)
    }
  }

  /** After it others may be read, however long the answer takes. */
  async read(context: Context<Bindings>): Promise<string> {
    try {
      return await context.req.text()
    } finally {
      this.#done(context)
    }
  }

  #done(context: Context<Bindings>): void {
    clearTimeout(this.#reading.get(context))
    this.#reading.delete(context)
  }
}
