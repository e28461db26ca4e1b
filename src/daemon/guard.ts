// Who may talk to the daemon over HTTP. Pages of other sites run on the user's machine too, so three questions come
// before the secret: was it called by a name of its own (DNS rebinding), does the request come from a page of its own
// (CSRF), is there little enough of it?
import { isIP } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import { Attempts } from '../io/attempts.ts'
import type { Settings } from './settings.ts'
import { isSameSecret } from './token.ts'

/** Of passwords; the token cannot be guessed, and is never made to wait. */
const MAX_WRONG = 20
const WAIT_MS = 60_000

export interface Guarded {
  readonly settings: Settings
  /** The text of the file `token`. */
  readonly token: string
}

export function guard(guarded: () => Guarded): MiddlewareHandler<{ Bindings: HttpBindings }> {
  const attempts = new Attempts(MAX_WRONG, WAIT_MS)
  return async (context, next) => {
    const { settings, token } = guarded()
    const host = context.req.header('host')
    if (!isOwnHost(host, settings)) return context.text('This is not a name of this server.\n', 421)
    if (!isOwnOrigin(context.req.header('origin'), host)) return context.text('Not from another site.\n', 403)
    const address = context.env.incoming.socket.remoteAddress ?? ''
    const credentials = context.req.header('authorization')
    if (isBasic(credentials) && attempts.mustWait(address)) {
      return context.text('Too many wrong passwords: wait a minute, or use the token.\n', 429)
    }
    if (!isAuthorized(credentials, settings, token)) {
      if (isBasic(credentials)) attempts.wrong(address)
      return context.text('Sign in with the token in the state folder.\n', 401, {
        'WWW-Authenticate': 'Basic realm="Shoal", charset="UTF-8"',
      })
    }
    attempts.right(address)
    return next()
  }
}

/** With a password. */
function isBasic(credentials: string | undefined): boolean {
  return /^basic /i.test(credentials ?? '')
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

/** `Bearer token`, or `Basic` with the user's name and the password, which is the token unless another was set. */
function isAuthorized(header: string | undefined, settings: Settings, token: string): boolean {
  const [, scheme = '', credentials = ''] = /^(\w+) +(.*)$/.exec(header ?? '') ?? []
  const password = settings['rpc-password'] || token
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return isSameSecret(credentials, token)
    case 'basic':
      return isSameSecret(Buffer.from(credentials, 'base64').toString('utf8'), `${settings['rpc-user']}:${password}`)
  }
  return false
}
