// The cookie by which a browser shows that it is signed in. Cookies know hosts and no ports: each daemon of a host has a
// name of its own, or they would sign each other out. Browsers show it to other servers of this host, too, where the user
// goes there: whoever serves pages at the same address is trusted, as all of the user's programs are.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { SESSION_SEC } from './page-sessions.ts'

type HttpContext = Context<{ Bindings: HttpBindings }>

const cookieName = (context: HttpContext): string => `shoal-${context.env.incoming.socket.localPort ?? 0}`

export function pageCookie(context: HttpContext): string | undefined {
  return getCookie(context, cookieName(context))
}

/** `Strict`: no link, form or picture of another site brings it along. */
export function setPageCookie(context: HttpContext, secret: string, secure: boolean): void {
  const maxAge = SESSION_SEC
  setCookie(context, cookieName(context), secret, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge, secure })
}

export function clearPageCookie(context: HttpContext): void {
  deleteCookie(context, cookieName(context), { path: '/' })
}
