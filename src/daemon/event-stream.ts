// Server-sent events to one reader: a look, what it found, a pause, and again. Nothing is looked for while the reader has not
// taken what was found before, so that a slow one costs the memory of one look and not more.
import { setTimeout as pause } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { AppError } from '../core/errors.ts'
import { monotonicMs } from '../io/clock.ts'
import { FEED_MS } from './changing.ts'

export interface Told {
  readonly event: string
  readonly data: unknown
}

export interface EventReader {
  /** What is new; 'end' after the last. */
  next(): readonly Told[] | 'end'
  /** Called once, however it ends. */
  close(): void
}

export interface StreamTimes {
  readonly everyMs: number
  /** After so long a silence a comment is sent: servers and browsers in between give up connections that say nothing. */
  readonly heartbeatMs: number
  /** A reader that takes nothing for so long is cut off. */
  readonly stalledMs: number
}

export const STREAM_TIMES: StreamTimes = { everyMs: FEED_MS, heartbeatMs: 15_000, stalledMs: 60_000 }

/** `isWelcome` is asked before each look. */
export function streamEvents(
  context: Context<{ Bindings: HttpBindings }>,
  reader: EventReader,
  isWelcome: () => boolean,
  times: StreamTimes,
): Response {
  // Node counts any progress of a write; what is sent between the looks and heartbeats counts as well.
  context.env.incoming.socket.setTimeout(times.stalledMs)
  return streamSSE(context, async (stream) => {
    const ended = new AbortController()
    const { signal } = ended
    stream.onAbort(() => ended.abort())
    let toldAt = monotonicMs()
    try {
      while (!signal.aborted && isWelcome()) {
        const news = reader.next()
        if (news === 'end') return
        for (const { event, data } of news) {
          if (signal.aborted) return
          await stream.writeSSE({ event, data: JSON.stringify(data) })
        }
        if (news.length === 0 && monotonicMs() - toldAt >= times.heartbeatMs) {
          await stream.write(': nothing new\n\n')
          toldAt = monotonicMs()
        }
        if (news.length > 0) toldAt = monotonicMs()
        await pause(times.everyMs, undefined, { signal }).catch(() => undefined)
      }
    } catch (error) {
      // The state database fails: the reader comes back, and is told what there is then.
      if (!(error instanceof AppError)) throw error
    } finally {
      reader.close()
    }
  })
}
