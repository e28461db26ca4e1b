// The page over HTTP: its files, which are public code, and signing in and out. docs/protocols/rpc.md describes it.
import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import * as v from 'valibot'
import { canonicalIp } from '../core/address.ts'
import type { Attempts } from '../io/attempts.ts'
import { browserName } from './browser-name.ts'
import type { Daemon } from './daemon.ts'
import { STREAM_TIMES } from './event-stream.ts'
import { callerIp, isOwnHost, isPasswordChosen, passwordOf, refuseStrange, sessionOf, WAIT_SEC } from './guard.ts'
import { clearPageCookie, pageCookie, setPageCookie } from './page-cookie.ts'
import type { PageFiles } from './page-files.ts'
import type { SignedIn } from './page-sessions.ts'
import type { PageSession } from './rpc/page-types.ts'
import { isSameSecret } from './token.ts'

type App = Hono<{ Bindings: HttpBindings }>
type HttpContext = Context<{ Bindings: HttpBindings }>

export interface PageParts {
  readonly daemon: Daemon
  readonly files: PageFiles
  readonly token: string
  readonly attempts: Attempts
  /** Who asks for a file and takes nothing for so long is cut off: strangers may ask, and connections are few. */
  readonly stalledMs?: number
}

/** A password, and some. */
const MAX_SIGN_IN_BYTES = 4_096
const SIGN_IN = v.union([v.object({ code: v.string() }), v.object({ password: v.string() })])

/** Scripts, styles and connections of this server only, and nothing from text: names of strangers' files are shown here. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self'",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')
const PAGE_HEADERS = {
  'Content-Security-Policy': CONTENT_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
}

/** What needs no sign-in: the files, and signing in itself. */
export function addPage(app: App, parts: PageParts): void {
  const { stalledMs = STREAM_TIMES.stalledMs } = parts
  const cutStalled: MiddlewareHandler<{ Bindings: HttpBindings }> = async (context, next) => {
    // Node counts any progress of a write. After the answer it puts its own limit for idle connections in place, and
    // takes that away when the next request comes.
    context.env.incoming.socket.setTimeout(stalledMs)
    return next()
  }
  for (const path of ['/', '/LICENSES.txt', '/assets/*']) app.use(path, cutStalled)
  app.get('/', async (context) => {
    const answer = await answerFile(context, parts, 'index.html')
    return answer ?? context.text('The page is not built: npm run build\n', 503)
  })
  app.get('/LICENSES.txt', async (context) => (await answerFile(context, parts, 'LICENSES.txt')) ?? noFile(context))
  app.get('/assets/:name', async (context) => {
    return (await answerFile(context, parts, `assets/${context.req.param('name')}`)) ?? noFile(context)
  })
  addSignIn(app, parts)
}

/** `undefined`: there is no such file. */
async function answerFile(
  context: HttpContext,
  { daemon, files }: PageParts,
  name: string,
): Promise<Response | undefined> {
  for (const [header, value] of Object.entries(PAGE_HEADERS)) context.header(header, value)
  if (!isOwnHost(context.req.header('host'), daemon.settings)) {
    return context.text('This is not a name of this server.\n', 421)
  }
  const file = await files.find(name, context.req.header('accept-encoding') ?? '')
  if (file === undefined) return undefined
  context.header('Cache-Control', file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
  context.header('ETag', file.etag)
  context.header('Vary', 'Accept-Encoding')
  if (context.req.header('if-none-match') === file.etag) return context.body(null, 304)
  context.header('Content-Type', file.type)
  if (file.encoding !== undefined) context.header('Content-Encoding', file.encoding)
  return context.body(file.bytes)
}

function noFile(context: HttpContext): Response {
  return context.text('The page has no such file: load it anew.\n', 404)
}

function addSignIn(app: App, { daemon, token, attempts }: PageParts): void {
  const { pageSessions: sessions } = daemon
  const fromOwnPage: MiddlewareHandler<{ Bindings: HttpBindings }> = async (context, next) => {
    context.header('Cache-Control', 'no-store')
    return refuseStrange(context, daemon.settings) ?? next()
  }

  app.get('/page/me', fromOwnPage, (context) => {
    const signedIn = sessionOf(context, sessions)
    const secret = pageCookie(context)
    // The cookie's time begins anew, as the session's has.
    if (signedIn !== undefined && secret !== undefined) setPageCookie(context, secret, signedIn.isSecure)
    // Nothing is said of `Authorization`: passwords could be tried here, uncounted.
    return context.json({ signedIn: signedIn !== undefined })
  })

  app.post('/page/sign-in', fromOwnPage, bodyLimit({ maxSize: MAX_SIGN_IN_BYTES }), async (context) => {
    // A form of another site could not send this type without being asked first (CORS).
    if (!/^application\/json\b/i.test(context.req.header('content-type') ?? '')) {
      return context.text('Send JSON, with the header Content-Type: application/json.\n', 415)
    }
    const said = v.safeParse(v.pipe(v.string(), v.parseJson(), SIGN_IN), await context.req.text())
    if (!said.success) return context.text('Send {"password": "…"} or {"code": "…"}.\n', 400)
    // From here nothing is waited for: many who begin at once would all be judged before the first is counted else.
    const address = callerIp(context)
    const ip = canonicalIp(address) ?? address
    const isGuessable = 'password' in said.output && isPasswordChosen(daemon.settings)
    if (isGuessable && attempts.mustWait(address)) {
      context.header('Retry-After', String(WAIT_SEC))
      return context.text('Too many wrong tries: wait a minute, or use a link of "shoal web".\n', 429)
    }
    const refusal = judge(said.output, { daemon, token })
    if (refusal !== undefined) {
      if (isGuessable) attempts.wrong(address)
      if (isGuessable && attempts.mustWait(address)) {
        daemon.journal.add('warning', 'page', `Too many wrong passwords came from ${ip}.`)
      }
      return context.text(`${refusal}\n`, 401)
    }
    if (isGuessable) attempts.right(address)
    const before = sessionOf(context, sessions)
    const isSecure = context.req.header('origin')?.startsWith('https:') === true
    const browser = browserName(context.req.header('user-agent') ?? '')
    const secret = sessions.signIn({ browser, address: ip, isSecure })
    daemon.journal.add('info', 'page', `${browser} at ${ip} has signed in.`)
    if (before !== undefined) sessions.end(before.id) // nobody has its secret any more
    setPageCookie(context, secret, isSecure)
    return context.body(null, 204)
  })
}

/** What was wrong; `undefined`: let in. */
function judge(
  said: v.InferOutput<typeof SIGN_IN>,
  { daemon, token }: Pick<PageParts, 'daemon' | 'token'>,
): string | undefined {
  if ('code' in said) {
    if (daemon.pageCodes.use(said.code)) return undefined
    return 'This link was used already, or is older than five minutes: "shoal web" makes a new one.'
  }
  if (isSameSecret(said.password, passwordOf(daemon.settings, token))) return undefined
  const password = isPasswordChosen(daemon.settings) ? 'the setting "rpc-password"' : 'the text in the file "token"'
  return `That is not the password: it is ${password}.`
}

/** What only those may who are let in: who is signed in, and ending that. */
export function addPageSessions(app: App, { pageSessions: sessions, journal }: Daemon): void {
  const end = (id: number): boolean => {
    const session = sessions.all.find((one) => one.id === id)
    if (!sessions.end(id)) return false
    if (session !== undefined) journal.add('info', 'page', `${session.browser} at ${session.address} is signed out.`)
    return true
  }
  app.post('/page/sign-out', (context) => {
    const session = context.get('pageSession')
    clearPageCookie(context)
    if (session !== undefined) end(session.signedIn.id)
    return context.body(null, 204)
  })
  app.get('/page/sessions', (context) => {
    const own = context.get('pageSession')?.signedIn.id
    return context.json({ sessions: sessions.all.map((session) => rowOf(session, own)) })
  })
  app.delete('/page/sessions/:id{[0-9]{1,15}}', (context) => {
    const id = Number(context.req.param('id'))
    if (!end(id)) return context.text('That browser is not signed in any more.\n', 404)
    if (id === context.get('pageSession')?.signedIn.id) clearPageCookie(context)
    return context.body(null, 204)
  })
}

function rowOf({ id, browser, address, signedInAtMs, usedAtMs }: SignedIn, own: number | undefined): PageSession {
  const [signedInAt, usedAt] = [Math.floor(signedInAtMs / 1000), Math.floor(usedAtMs / 1000)]
  return { id, browser, address, signedInAt, usedAt, isThis: id === own }
}
