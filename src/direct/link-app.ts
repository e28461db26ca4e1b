// What a browser, or a LocalSend app, reaches of a link: a page with the files, and section 5 of the LocalSend protocol.
// It goes over plain HTTP, because browsers warn of certificates that nobody vouches for.
import { hostname } from 'node:os'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { canonicalIp } from '../core/address.ts'
import { rangeResponse } from '../io/range-response.ts'
import { type Bindings, remoteIp } from './callers.ts'
import type { Admission, Link } from './link.ts'
import { filesPage, gonePage, pinPage, STYLE_HASH } from './link-page.ts'
import type { Device } from './protocol.ts'

export interface LinkAppOptions {
  readonly device: () => Device
  /** Absent: nothing is shared now. */
  readonly link: () => Link | undefined
}

const MAX_FORM_BYTES = 4_096

export function makeLinkApp({ device, link }: LinkAppOptions): Hono<Bindings> {
  const app = new Hono<Bindings>()

  app.use(async (context, next) => {
    // A name that leads here is somebody's trick to read this with a page of his own (DNS rebinding).
    if (!isOwnName(context.req.header('host') ?? '')) return context.text('Call this by its address.\n', 403)
    context.header('Content-Security-Policy', `default-src 'none'; style-src '${STYLE_HASH}'; form-action 'self'`)
    context.header('Referrer-Policy', 'no-referrer')
    context.header('Cache-Control', 'no-store')
    return next()
  })

  app.get('/', (context) => {
    const open = link()
    if (open === undefined) return context.html(gonePage(device().alias), 404)
    const sessionId = context.req.query('sessionId')
    return answerPage(context, open, open.admit(remoteIp(context), undefined, sessionId), device())
  })

  app.post('/', bodyLimit({ maxSize: MAX_FORM_BYTES }), async (context) => {
    const open = link()
    if (open === undefined) return context.html(gonePage(device().alias), 404)
    const { pin } = await context.req.parseBody()
    const admission = open.admit(remoteIp(context), typeof pin === 'string' ? pin.trim() : '', undefined)
    if (typeof admission === 'string') return answerPage(context, open, admission, device(), true)
    return context.redirect(`/?sessionId=${admission.sessionId}`, 303)
  })

  app.post('/api/localsend/v2/prepare-download', (context) => {
    const open = link()
    if (open === undefined) return context.json({ message: 'Rejected' }, 403)
    const { pin, sessionId } = context.req.query()
    const admission = open.admit(remoteIp(context), pin, sessionId)
    if (admission === 'wait') return context.json({ message: 'Too many attempts' }, 429)
    if (admission === 'wrong') return context.json({ message: 'PIN required' }, 401)
    const files = [...open.files].map(([id, { name: fileName, size, type: fileType }]) => {
      return [id, { id, fileName, size, fileType }] as const
    })
    return context.json({ info: device(), sessionId: admission.sessionId, files: Object.fromEntries(files) })
  })

  app.get('/api/localsend/v2/download', (context) => {
    const open = link()
    const { sessionId = '', fileId = '' } = context.req.query()
    const ip = remoteIp(context)
    if (open?.isSession(sessionId, ip) !== true) return context.json({ message: 'Rejected' }, 403)
    const file = open.files.get(fileId)
    if (file === undefined) return context.json({ message: 'No such file' }, 404)
    const name = file.name.split('/').at(-1) ?? ''
    context.header('Content-Disposition', `attachment; filename*=UTF-8''${encodeRfc8187(name)}`)
    return rangeResponse(context, {
      name,
      length: file.size,
      read: (begin, end, signal) => open.read(file, ip, begin, end, signal),
    })
  })

  app.get('/api/localsend/v2/info', (context) => context.json(device()))
  app.notFound((context) => context.json({ message: 'Nothing here' }, 404))
  app.onError((_, context) => context.json({ message: 'Unknown error' }, 500))
  return app
}

function answerPage(
  context: Context<Bindings>,
  link: Link,
  admission: Admission,
  { alias }: Device,
  wasWrong = false,
): Response | Promise<Response> {
  if (admission === 'wait') return context.html(pinPage(alias, 'Too many wrong PINs: wait ten minutes.'), 429)
  if (admission === 'wrong') return context.html(pinPage(alias, wasWrong ? 'That was not the PIN.' : ''), 401)
  return context.html(filesPage(alias, link.files, link.totalBytes, admission.sessionId))
}

/** An address, or what this machine calls itself. */
function isOwnName(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  const own = hostname().toLowerCase()
  return canonicalIp(name) !== undefined || ['localhost', own, `${own}.local`].includes(name.toLowerCase())
}

/** The characters that encodeURIComponent leaves and RFC 8187 does not. */
function encodeRfc8187(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/['()*!]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
}
