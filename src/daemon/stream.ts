// `/stream/<ticket>/<name>`: a file of a torrent over HTTP while it comes, for players.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { filesOf } from '../engine/torrent-details.ts'
import { readFile } from '../engine/file-reader.ts'
import { rangeResponse } from '../io/range-response.ts'
import type { Daemon } from './daemon.ts'

export function streamFile(context: Context<{ Bindings: HttpBindings }>, daemon: Daemon, ticket: string): Response {
  const playable = daemon.tickets.find(ticket)
  const listed = playable && daemon.list.byHash(playable.hash)
  const file = listed && filesOf(listed.torrent)[playable?.file ?? -1]
  if (playable === undefined || listed === undefined || file === undefined) {
    return context.text('There is nothing to play here any more: shoal play makes a new link.\n', 404)
  }
  if (file.priority === 0) return context.text('This file is not wanted: shoal set --want.\n', 409)
  return rangeResponse(context, {
    name: file.path,
    length: file.length,
    read: (begin, end, signal) => readFile(listed.torrent, playable.file, begin, end, signal),
  })
}
