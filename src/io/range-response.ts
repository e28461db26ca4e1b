// A file over HTTP, as a whole or in ranges (RFC 9110, section 14).
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { getMimeType } from 'hono/utils/mime'
import { AppError } from '../core/errors.ts'

export interface Range {
  readonly begin: number
  /** One after the last byte. */
  readonly end: number
}

/** One range of a file; 'all' without one or with one that is not understood, 'bad' for one outside of the file. */
export function parseRange(header: string | undefined, length: number): Range | 'all' | 'bad' {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return 'all'
  if (first === '') {
    const begin = Math.max(0, length - Number(last))
    return begin < length ? { begin, end: length } : 'bad'
  }
  const begin = Number(first)
  const end = last === '' ? length : Math.min(length, Number(last) + 1)
  if (begin >= length) return 'bad'
  return begin < end ? { begin, end } : 'all'
}

export interface ServedFile {
  /** Says what type it is. */
  readonly name: string
  readonly length: number
  /** AppErrors break the connection. */
  readonly read: (begin: number, end: number, signal: AbortSignal) => AsyncIterator<Uint8Array>
}

export function rangeResponse(context: Context<{ Bindings: HttpBindings }>, file: ServedFile): Response {
  const range = parseRange(context.req.header('range'), file.length)
  context.header('Accept-Ranges', 'bytes')
  context.header('Content-Type', getMimeType(file.name) ?? 'application/octet-stream')
  // What a stranger made must not run as a page of this server.
  context.header('Content-Security-Policy', "sandbox; default-src 'none'; media-src 'self'; img-src 'self'")
  context.header('X-Content-Type-Options', 'nosniff')
  if (range === 'bad') {
    context.header('Content-Range', `bytes */${file.length}`)
    return context.body(null, 416)
  }
  const { begin, end } = range === 'all' ? { begin: 0, end: file.length } : range
  context.header('Content-Length', String(end - begin))
  if (range !== 'all') context.header('Content-Range', `bytes ${begin}-${end - 1}/${file.length}`)
  const status = range === 'all' ? 200 : 206
  if (context.req.method === 'HEAD') return context.body(null, status)
  const ended = new AbortController()
  const bytes = file.read(begin, end, ended.signal)
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await bytes.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        // The head has promised more bytes: a broken connection is the one way left to say that they do not come.
        context.env.outgoing.destroy()
        controller.close()
      }
    },
    async cancel() {
      ended.abort()
      await bytes.return?.(undefined)
    },
  })
  return context.body(body, status)
}
