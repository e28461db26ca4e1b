// The daemon over HTTP: the API, live changes, figures for Prometheus, and whether it is well.
import { randomBytes } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { streamSSE } from 'hono/streaming'
import type { Daemon } from './daemon.ts'
import { guard, isOwnHost } from './guard.ts'
import { PeopleReader } from './people-feed.ts'
import { metricsText } from './metrics.ts'
import { answerRequest } from './rpc/dispatch.ts'
import { RPC_VERSION } from './rpc/session-methods.ts'
import { streamFile } from './stream.ts'
import { isSameSecret } from './token.ts'
import { FEED_MS, FeedReader } from './torrent-feed.ts'

/** The largest .torrent in base64, and some. */
const MAX_BODY_BYTES = 24 * 1024 * 1024
/** What stops readers of events from piling up. */
const MAX_READERS = 64

export type App = Hono<{ Bindings: HttpBindings }>

export interface AppOptions {
  readonly daemon: Daemon
  /** Absent on the socket in the state folder, which only its owner can open. */
  readonly token: string | undefined
}

export function makeApp({ daemon, token }: AppOptions): App {
  const app: App = new Hono({ strict: false }) // transmission-remote puts a slash at the end
  // An id that a page of another site cannot know, besides all else: Transmission's protocol has it.
  const sessionId = randomBytes(24).toString('base64url')
  let readers = 0

  app.get('/health', (context) => context.text('ok\n'))
  app.get('/stream/:ticket/:name', (context) => {
    if (!isOwnHost(context.req.header('host'), daemon.settings))
      return context.text('This is not a name of this server.\n', 421)
    return streamFile(context, daemon, context.req.param('ticket'))
  })
  if (token !== undefined) app.use(guard(() => ({ settings: daemon.settings, token })))

  app.post('/transmission/rpc', bodyLimit({ maxSize: MAX_BODY_BYTES }), async (context) => {
    context.header('X-Transmission-Session-Id', sessionId)
    context.header('X-Transmission-Rpc-Version', RPC_VERSION)
    if (token !== undefined && !isSameSecret(context.req.header('x-transmission-session-id') ?? '', sessionId)) {
      return context.text('Send the header X-Transmission-Session-Id of this answer with each request.\n', 409)
    }
    const answer = await answerRequest(daemon, await context.req.text())
    return answer === undefined ? context.body(null, 204) : context.json(answer)
  })

  app.get('/events', (context) => {
    if (readers >= MAX_READERS) return context.text('Too many are listening already.\n', 503)
    readers++
    return streamSSE(context, async (stream) => {
      const ended = new AbortController()
      stream.onAbort(() => ended.abort())
      try {
        const reader = new FeedReader()
        const people = daemon.direct && new PeopleReader(daemon.direct)
        while (!ended.signal.aborted) {
          await stream.writeSSE({ event: 'torrents', data: JSON.stringify(daemon.feed.changesFor(reader)) })
          const news = people?.news()
          if (news !== undefined) await stream.writeSSE({ event: 'people', data: JSON.stringify(news) })
          await stream.sleep(FEED_MS)
        }
      } finally {
        readers--
      }
    })
  })

  app.get('/metrics', (context) => context.text(metricsText(daemon)))
  app.notFound((context) => context.text('Nothing here: the API is at /transmission/rpc.\n', 404))
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse()
    return context.text('Something went wrong in Shoal itself.\n', 500)
  })
  return app
}
