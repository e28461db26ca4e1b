// Reads server-sent events as a browser does.
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

export interface SentEvent {
  /** '': a comment. */
  readonly event: string
  readonly data: unknown
}

/** Until the answer ends, or is cut. */
export async function* readEvents({ body }: Response): AsyncGenerator<SentEvent> {
  if (body === null) return
  const input = Readable.fromWeb(body as ReadableStream) // the types of browsers and of Node differ in name only
  let event = ''
  for await (const line of createInterface({ input })) {
    if (line.startsWith('event: ')) event = line.slice('event: '.length)
    if (line.startsWith(':')) yield { event: '', data: line }
    if (line.startsWith('data: ')) yield { event, data: JSON.parse(line.slice('data: '.length)) }
  }
}
