// Who may talk to the daemon over HTTP. Pages of other sites run on the user's machine too, so three questions come
// before the secret: was it called by a name of its own (DNS rebinding), does the request come from a page of its own
// (CSRF), is there little enough of it? The secret is the token, a password, or the cookie of a page that is signed in.
import { isIP } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { Attempts } from '../io/attempts.ts'
import { pageCookie } from './page-cookie.ts'
import type { PageSessions, SignedIn } from './page-sessions.ts'
import type { Settings } from './settings.ts'
import { isSameSecret } from './token.ts'

/**
 * Of passwords that somebody chose. The token and the codes of links cannot be guessed and are not counted: a stranger
 * behind the same proxy, with the same address, could keep everybody out else.
 */
const MAX_WRONG = 20
export const WAIT_SEC = 60

/** Answers stay in no cache of a browser, and no page of another origin can have them as its script or picture. */
const PRIVATE_HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
}

export interface Guarded {
  readonly settings: Settings
  readonly pageSessions: PageSessions
}

type HttpContext = Context<{ Bindings: HttpBindings }>

declare module 'hono' {
  interface ContextVariableMap {
    /** The session whose cookie came with the request, whatever let it in; absent for programs. */
    pageSession: { readonly signedIn: SignedIn; readonly sessions: PageSessions } | undefined
  }
}

/** False once the session of the request's cookie was ended: long answers ask each second. */
export function sessionStillGood(context: HttpContext): boolean {
  const session = context.get('pageSession')
  return session === undefined || session.sessions.isGood(session.signedIn)
}

/** One for a server: wrong passwords count wherever they are tried. */
export function makeAttempts(): Attempts {
  return new Attempts(MAX_WRONG, WAIT_SEC * 1000)
}

/** `token`: the text of the file. */
export function guard(
  guarded: Guarded,
  token: string,
  attempts: Attempts,
): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async (context, next) => {
    const { settings, pageSessions: sessions } = guarded
    const refusal = refuseStrange(context, settings)
    if (refusal !== undefined) return refusal
    for (const [header, value] of Object.entries(PRIVATE_HEADERS)) context.header(header, value)
    const address = callerIp(context)
    const credentials = context.req.header('authorization')
    const isGuessable = isBasic(credentials) && isPasswordChosen(settings)
    const mustWait = isGuessable && attempts.mustWait(address)
    const signedIn = sessionOf(context, sessions)
    if (signedIn !== undefined) context.set('pageSession', { signedIn, sessions })
    if (!mustWait && isAuthorized(credentials, settings, token)) {
      if (isGuessable) attempts.right(address)
      return next()
    }
    if (signedIn !== undefined) {
      if (!isReading(context) && context.req.header('origin') === undefined) {
        return context.text('A page says where it comes from: send the header Origin.\n', 403)
      }
      return next()
    }
    if (mustWait) return context.text('Too many wrong passwords: wait a minute, or use the token.\n', 429)
    if (isGuessable) attempts.wrong(address)
    if (!isAskedByPage(context)) context.header('WWW-Authenticate', 'Basic realm="Shoal", charset="UTF-8"')
    return context.text('Sign in with the token in the state folder.\n', 401)
  }
}

/** Called by a name that is not ours, or from a page that is not ours: `undefined` if neither. */
export function refuseStrange(context: HttpContext, settings: Settings): Response | undefined {
  const host = context.req.header('host')
  if (!isOwnHost(host, settings)) return context.text('This is not a name of this server.\n', 421)
  if (isOwnOrigin(context.req.header('origin'), host) && isOwnSite(context.req.header('sec-fetch-site'))) {
    return undefined
  }
  return context.text('Not from another site.\n', 403)
}

export function callerIp(context: HttpContext): string {
  return context.env.incoming.socket.remoteAddress ?? ''
}

export function sessionOf(context: HttpContext, sessions: PageSessions): SignedIn | undefined {
  const secret = pageCookie(context)
  return secret === undefined ? undefined : sessions.find(secret)
}

/** With a password. */
function isBasic(credentials: string | undefined): boolean {
  return /^basic /i.test(credentials ?? '')
}

function isReading({ req }: HttpContext): boolean {
  return req.method === 'GET' || req.method === 'HEAD'
}

/** The page asks for the password itself: a browser that is asked for one by a header opens a dialog. */
function isAskedByPage({ req }: HttpContext): boolean {
  return req.header('x-shoal-page') !== undefined || req.header('accept') === 'text/event-stream'
}

/** An address, localhost, or a name that the settings allow: no name of a stranger's domain leads to those. */
export function isOwnHost(host: string | undefined, settings: Settings): boolean {
  if (host === undefined) return false
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase()
  if (name === 'localhost' || name === 'localhost.') return true
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0) return true
  return settings['rpc-hosts'].some((allowed) => allowed.toLowerCase() === name)
}

/** Programs send no Origin; our page sends the server's own. */
function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`
}

/** Browsers say it of every request; a page at another port of this host is `same-site`, and its cookies are ours. */
function isOwnSite(site: string | undefined): boolean {
  return site === undefined || site === 'same-origin' || site === 'none'
}

/** `Bearer token`, or `Basic` with the user's name and the password. */
function isAuthorized(header: string | undefined, settings: Settings, token: string): boolean {
  const [, scheme = '', credentials = ''] = /^(\w+) +(.*)$/.exec(header ?? '') ?? []
  const password = passwordOf(settings, token)
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return isSameSecret(credentials, token)
    case 'basic':
      return isSameSecret(Buffer.from(credentials, 'base64').toString('utf8'), `${settings['rpc-user']}:${password}`)
  }
  return false
}

export function isPasswordChosen(settings: Settings): boolean {
  return settings['rpc-password'] !== ''
}

/** The token unless another was set. */
export function passwordOf(settings: Settings, token: string): string {
  return settings['rpc-password'] || token
}
