// What others reach of us over TLS: the routes of the LocalSend protocol v2.1 (docs/protocols/direct.md). Both sides show a
// certificate; who has none is who he claims to be, unproven.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { type Address, printAddress } from '../core/address.ts'
import { CallsPerMinute } from '../core/calls-per-minute.ts'
import {
  type Bindings,
  contactOf,
  isTooOften,
  meet,
  MESSAGES,
  provenFingerprint,
  remoteIp,
  SMALL_BODY_BYTES,
  untilGone,
} from './callers.ts'
import type { Contact } from './contacts.ts'
import { LargeBodies } from './large-bodies.ts'
import { DEVICE, messageIn, parse, PREPARE_UPLOAD } from './protocol.ts'
import { Pin } from './pin.ts'
import { addShoalRoutes, type ShoalRoutesOptions } from './shoal-routes.ts'

export interface DirectAppOptions extends ShoalRoutesOptions {
  /** Empty: none is asked for. */
  readonly pin: () => string
  /** Somebody says that he is a contact, at another address. */
  readonly moved: (contact: Contact, address: Address) => void
  /** Somebody is there. */
  readonly met: (contact: Contact) => void
}

/** Of one address within a minute: messages, and words of who it is. */
const MAX_CALLS = 120

export function makeDirectApp(options: DirectAppOptions): Hono<Bindings> {
  const { contacts, incoming, talk } = options
  const app = new Hono<Bindings>()
  const pin = new Pin(options.pin)
  const calls = new CallsPerMinute(MAX_CALLS)

  app.use(async (context, next) => {
    if (contactOf(context, contacts)?.trust === 'blocked') return context.body(null, 403)
    return next()
  })
  const large = new LargeBodies()
  const checkPin = (context: Context<Bindings>): Response | undefined => {
    const verdict = pin.check(remoteIp(context), context.req.query('pin'))
    if (verdict === 'right') return undefined
    if (verdict === 'wait') return context.json({ message: 'Too many attempts' }, 429)
    return context.json({ message: 'PIN required' }, 401)
  }
  app.get('/api/localsend/v2/info', (context) => context.json(options.device()))

  app.post('/api/localsend/v2/register', bodyLimit({ maxSize: SMALL_BODY_BYTES }), async (context) => {
    if (isTooOften(calls, context)) return context.body(null, 429)
    const device = parse(DEVICE, await context.req.text())
    if (device === undefined) return context.json({ message: 'Invalid body' }, 400)
    const contact = meet(context, contacts, device, options.device())
    if (contact === undefined) return context.body(null, 403)
    const address = { ip: remoteIp(context), port: device.port }
    if (printAddress(contact.address) !== printAddress(address)) options.moved(contact, address)
    options.met(contact)
    return context.json(options.device())
  })

  app.post('/api/localsend/v2/prepare-upload', large.limit, async (context) => {
    const ip = remoteIp(context)
    const refused = checkPin(context)
    if (refused !== undefined) return refused
    const wanted = parse(PREPARE_UPLOAD, await large.read(context))
    if (wanted === undefined || Object.keys(wanted.files).length === 0) {
      return context.json({ message: 'Invalid body' }, 400)
    }
    const from = meet(context, contacts, wanted.info, options.device())
    if (from === undefined) return context.body(null, 403)
    const isProven = from.fingerprint === provenFingerprint(context)
    const text = messageIn(wanted)
    if (text !== undefined) {
      if (isTooOften(calls, context)) return context.body(null, 429)
      talk.received(from, Object.keys(wanted.files)[0] ?? '', text, isProven)
      return context.body(null, 204)
    }
    const { status, accepted } = await incoming.prepare(wanted.files, from, isProven, ip, untilGone(context))
    return accepted === undefined ? context.json({ message: MESSAGES[status] ?? '' }, status) : context.json(accepted)
  })

  app.post('/api/localsend/v2/upload', async (context) => {
    const { sessionId, fileId, token } = context.req.query()
    if (sessionId === undefined || fileId === undefined || token === undefined) {
      return context.json({ message: 'Missing parameters' }, 400)
    }
    const status = await incoming.upload({ sessionId, fileId, token }, remoteIp(context), context.env.incoming)
    return context.body(null, status)
  })

  app.post('/api/localsend/v2/cancel', (context) => {
    const isOurs = incoming.cancel(context.req.query('sessionId') ?? '', remoteIp(context))
    return context.body(null, isOurs ? 200 : 403)
  })

  addShoalRoutes(app, options, { calls, large, checkPin })

  app.notFound((context) => context.json({ message: 'Nothing here' }, 404))
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse() // such as 413 for a body that is too long
    return context.json({ message: 'Unknown error' }, 500)
  })
  return app
}
