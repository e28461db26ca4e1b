// What only Shoals ask of each other, below `/api/shoal/v1/` (docs/protocols/direct.md).
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type * as v from 'valibot'
import { AppError } from '../core/errors.ts'
import { type InfoHash, parseInfoHash } from '../core/ids.ts'
import type { CallsPerMinute } from '../core/calls-per-minute.ts'
import { monotonicMs } from '../io/clock.ts'
import {
  type Bindings,
  contactOf,
  isTooOften,
  MESSAGES,
  provenFingerprint,
  remoteIp,
  SMALL_BODY_BYTES,
  untilGone,
} from './callers.ts'
import type { Contacts } from './contacts.ts'
import type { Fetching } from './fetching.ts'
import { endOffer, type Incoming, type IncomingOffer } from './incoming.ts'
import type { LargeBodies } from './large-bodies.ts'
import { type Device, MESSAGE, parse } from './protocol.ts'
import type { SharedFiles } from './shared-files.ts'
import { type KNOWN_TORRENT, OFFER, offeredFiles, SWARM, TORRENT, writeMembers } from './swarm-messages.ts'
import type { SwarmSender } from './swarm-sender.ts'
import type { Talk } from './talk.ts'

export interface ShoalRoutesOptions {
  readonly contacts: Contacts
  readonly incoming: Incoming
  readonly talk: Talk
  /** What we say of ourselves. */
  readonly device: () => Device
  /** An offer of a swarm was accepted. Throws AppError for what cannot be begun. */
  readonly receive: (offer: IncomingOffer, id: string, metainfo: Uint8Array) => Promise<void>
  /** Another part of one. Throws AppError. */
  readonly receiveMore: (fingerprint: string, id: string, metainfo: Uint8Array) => boolean
  /** Somebody tells how far it is. */
  readonly progress: SwarmSender['progress']
  /** A torrent of ours that trusted contacts may know of. */
  readonly torrent: (hash: InfoHash) => v.InferOutput<typeof KNOWN_TORRENT> | undefined
  /** What is shared with trusted contacts. */
  readonly shared: () => SharedFiles | undefined
  readonly fetching: () => Fetching | undefined
}

export interface RouteLimits {
  readonly calls: CallsPerMinute
  readonly large: LargeBodies
  /** `undefined`: the PIN is right, or none is asked for. */
  readonly checkPin: (context: Context<Bindings>) => Response | undefined
}

export function addShoalRoutes(
  app: Hono<Bindings>,
  options: ShoalRoutesOptions,
  { calls, large, checkPin }: RouteLimits,
): void {
  const { contacts, incoming, talk } = options

  app.get('/api/shoal/v1/ping', (context) => context.json(options.device()))

  app.post('/api/shoal/v1/message', bodyLimit({ maxSize: SMALL_BODY_BYTES }), async (context) => {
    if (isTooOften(calls, context)) return context.body(null, 429)
    const message = parse(MESSAGE, await context.req.text())
    if (message === undefined) return context.json({ message: 'Invalid body' }, 400)
    const from = contactOf(context, contacts)
    if (from === undefined) return context.json({ message: 'Register first, with your certificate' }, 401)
    talk.received(from, message.id, message.text, true)
    return context.json({})
  })

  app.post('/api/shoal/v1/offer', large.limit, async (context) => {
    const from = contactOf(context, contacts)
    if (from === undefined) return context.json({ message: 'Register first, with your certificate' }, 401)
    const told = parse(OFFER, await large.read(context))
    if (told === undefined) return context.json({ message: 'Invalid body' }, 400)
    const { id, files } = told
    const metainfo = fromBase64(told.torrent)
    if (files === undefined) return answerPart(context, () => options.receiveMore(from.fingerprint ?? '', id, metainfo))
    const refused = checkPin(context)
    if (refused !== undefined) return refused
    const gone = untilGone(context)
    const { status, offer } = await incoming.prepare(offeredFiles(files), from, true, remoteIp(context), gone)
    if (offer === undefined) return context.json({ message: MESSAGES[status] ?? '' }, status)
    try {
      await options.receive(offer, id, metainfo)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      endOffer(offer, 'failed', error.message)
      return context.json({ message: MESSAGES[500] ?? '' }, 500)
    }
    const wanted = [...offer.files.values()].filter(({ state }) => state !== 'unwanted')
    return context.json({ files: wanted.length, bytes: offer.totalBytes })
  })

  app.post('/api/shoal/v1/swarm', bodyLimit({ maxSize: SMALL_BODY_BYTES }), async (context) => {
    const told = parse(SWARM, await context.req.text())
    if (told === undefined) return context.json({ message: 'Invalid body' }, 400)
    const member = {
      fingerprint: provenFingerprint(context) ?? '',
      address: { ip: remoteIp(context), port: told.port },
    }
    const others = options.progress(member, told)
    if (typeof others === 'string') return context.body(null, others === 'over' ? 410 : 503)
    return context.json(writeMembers(others))
  })

  // Only trusted contacts see what is shared.
  const onlyTrusted: MiddlewareHandler<Bindings> = async (context, next) => {
    if (contactOf(context, contacts)?.trust !== 'trusted') return context.body(null, 403)
    return next()
  }
  app.use('/api/shoal/v1/files', onlyTrusted)
  app.use('/api/shoal/v1/torrent/*', onlyTrusted) // and what is above it

  app.get('/api/shoal/v1/torrent/:hash', (context) => {
    const hash = parseInfoHash(context.req.param('hash'))
    const known = hash && options.torrent(hash)
    return known === undefined ? context.json({ message: 'Not here' }, 404) : context.json(known)
  })

  app.get('/api/shoal/v1/files', async (context) => {
    const { words = '', after = '' } = context.req.query()
    const files = await options.shared()?.list(words.split(/\s+/).filter(Boolean), after, monotonicMs())
    return context.json({ files: files ?? [] })
  })

  app.post('/api/shoal/v1/torrent', bodyLimit({ maxSize: SMALL_BODY_BYTES }), async (context) => {
    const wanted = parse(TORRENT, await context.req.text())
    const fetching = options.fetching()
    if (wanted === undefined || fetching === undefined) return context.json({ message: 'Invalid body' }, 400)
    const address = { ip: remoteIp(context), port: wanted.port }
    try {
      const metainfo = await fetching.give(wanted.path, { fingerprint: provenFingerprint(context) ?? '', address })
      return context.json({ metainfo: Buffer.from(metainfo).toString('base64') })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return context.json({ message: 'Not shared' }, error.code === 'not-found' ? 404 : 500)
    }
  })
}

/** Of what was accepted before. */
function answerPart(context: Context<Bindings>, take: () => boolean): Response {
  try {
    return take() ? context.json({}) : context.body(null, 410)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return error.code === 'bad-answer' || error.code === 'bad-metainfo'
      ? context.json({ message: error.message }, 400)
      : context.body(null, 503)
  }
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}
