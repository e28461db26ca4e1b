// `/stream/<ticket>/<name>`: a file of a torrent over HTTP while it comes, with ranges (RFC 9110, section 14), for players.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { getMimeType } from 'hono/utils/mime'
import { AppError } from '../core/errors.ts'
import { filesOf } from '../engine/torrent-details.ts'
import { readFile } from '../engine/file-reader.ts'
import type { Daemon } from './daemon.ts'

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

export function streamFile(context: Context<{ Bindings: HttpBindings }>, daemon: Daemon, ticket: string): Response {
  const playable = daemon.tickets.find(ticket)
  const listed = playable && daemon.list.byHash(playable.hash)
  const file = listed && filesOf(listed.torrent)[playable?.file ?? -1]
  if (playable === undefined || listed === undefined || file === undefined) {
    return context.text('There is nothing to play here any more: shoal play makes a new link.\n', 404)
  }
  if (file.priority === 0) return context.text('This file is not wanted: shoal set --want.\n', 409)
  const range = parseRange(context.req.header('range'), file.length)
  context.header('Accept-Ranges', 'bytes')
  context.header('Content-Type', getMimeType(file.path) ?? 'application/octet-stream')
  // What a stranger put into a torrent must not run as a page of this server.
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
  const bytes = readFile(listed.torrent, playable.file, begin, end, ended.signal)
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
      await bytes.return(undefined)
    },
  })
  return context.body(body, status)
}
