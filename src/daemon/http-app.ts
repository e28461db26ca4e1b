// The daemon over HTTP: the API, live changes, figures for Prometheus, and whether it is well.
import { randomBytes } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { AppError } from '../core/errors.ts'
import type { Daemon } from './daemon.ts'
import { addEvents } from './events-route.ts'
import { guard, isOwnHost, makeAttempts } from './guard.ts'
import { metricsText } from './metrics.ts'
import { PageFiles } from './page-files.ts'
import { addPage, addPageSessions } from './page-route.ts'
import { answerRequest } from './rpc/dispatch.ts'
import { RPC_VERSION } from './rpc/session-methods.ts'
import { streamFile } from './stream.ts'
import { isSameSecret } from './token.ts'
import { addUploads } from './uploads-route.ts'

/** The largest .torrent in base64, and some. */
const MAX_BODY_BYTES = 24 * 1024 * 1024

export type App = Hono<{ Bindings: HttpBindings }>

export interface AppOptions {
  readonly daemon: Daemon
  /** Absent on the socket in the state folder, which only its owner can open. */
  readonly token: string | undefined
  /** Where the page is that was built; by default beside this program. */
  readonly pageFolder?: string | undefined
}

export function makeApp({ daemon, token, pageFolder }: AppOptions): App {
  const app: App = new Hono({ strict: false }) // transmission-remote puts a slash at the end
  // An id that a page of another site cannot know, besides all else: Transmission's protocol has it.
  const sessionId = randomBytes(24).toString('base64url')

  app.get('/health', (context) => context.text('ok\n'))
  app.get('/stream/:ticket/:name', (context) => {
    if (!isOwnHost(context.req.header('host'), daemon.settings))
      return context.text('This is not a name of this server.\n', 421)
    return streamFile(context, daemon, context.req.param('ticket'))
  })
  if (token !== undefined) {
    const attempts = makeAttempts()
    addPage(app, { daemon, token, attempts, files: new PageFiles(pageFolder) })
    app.use(guard(daemon, token, attempts))
  }

  app.post('/transmission/rpc', bodyLimit({ maxSize: MAX_BODY_BYTES }), async (context) => {
    context.header('X-Transmission-Session-Id', sessionId)
    context.header('X-Transmission-Rpc-Version', RPC_VERSION)
    if (token !== undefined && !isSameSecret(context.req.header('x-transmission-session-id') ?? '', sessionId)) {
      return context.text('Send the header X-Transmission-Session-Id of this answer with each request.\n', 409)
    }
    const [isLocal, pageSession] = [token === undefined, context.get('pageSession')?.signedIn.id]
    const answer = await answerRequest(daemon, await context.req.text(), { isLocal, pageSession })
    return answer === undefined ? context.body(null, 204) : context.json(answer)
  })

  addPageSessions(app, daemon)
  addEvents(app, daemon)
  addUploads(app, daemon)
  app.get('/metrics', (context) => context.text(metricsText(daemon)))
  app.notFound((context) => context.text('Nothing here: the API is at /transmission/rpc.\n', 404))
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse()
    if (error instanceof AppError) return context.text(`${error.message}.\n`, 500)
    return context.text('Something went wrong in Shoal itself.\n', 500)
  })
  return app
}
