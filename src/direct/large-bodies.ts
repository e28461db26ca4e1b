// Bodies of many megabytes, of strangers, too: so a few of them at a time.
import { bodyLimit } from 'hono/body-limit'
import type { Context, MiddlewareHandler } from 'hono'
import type { Bindings } from './callers.ts'

/** The largest .torrent in base64, or tens of thousands of files. */
const MAX_BODY_BYTES = 16 * 1024 * 1024
const MAX_AT_ONCE = 8

export class LargeBodies {
  #reading = 0
  readonly #limitSize = bodyLimit({ maxSize: MAX_BODY_BYTES })

  /** Before a route that reads one: 413 for one that is too large, 429 while too many are read. */
  readonly limit: MiddlewareHandler<Bindings> = (context, next) => {
    if (this.#reading < MAX_AT_ONCE) return this.#limitSize(context, next)
    return Promise.resolve(context.json({ message: 'Too many offers at once' }, 429))
  }

  async read(context: Context<Bindings>): Promise<string> {
    this.#reading++
    try {
      return await context.req.text()
    } finally {
      this.#reading--
    }
  }
}
