// What others reach of us: the routes of the LocalSend protocol v2.1, and beside them Shoal's own under `/api/shoal/v1/`
// (docs/protocols/direct.md). Over TLS both sides show a certificate; who has none is who he claims to be, unproven.
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { canonicalIp } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { PEER_PROTOCOL } from '../io/tls.ts'
import { Attempts } from '../io/attempts.ts'
import { monotonicMs } from '../io/clock.ts'
import { splitByFirstByte } from '../io/tls-or-plain.ts'
import type { Contact, Contacts } from './contacts.ts'
import type { Fetching } from './fetching.ts'
import { fingerprintOf, type Identity } from './identity.ts'
import { ANSWER_MS, endOffer, type Incoming, type IncomingOffer } from './incoming.ts'
import type { Link } from './link.ts'
import { makeLinkApp } from './link-app.ts'
import {
  DEVICE,
  type Device,
  MAX_WRONG_PINS,
  MESSAGE,
  messageIn,
  parse,
  PIN_WAIT_MS,
  PREPARE_UPLOAD,
  SHOAL_MODEL,
} from './protocol.ts'
import type { SharedFiles } from './shared-files.ts'
import { OFFER, offeredFiles, SWARM, TORRENT, writeMembers } from './swarm-messages.ts'
import type { SwarmSender } from './swarm-sender.ts'
import type { Talk } from './talk.ts'

export interface DirectServerOptions {
  readonly identity: Identity
  readonly contacts: Contacts
  readonly incoming: Incoming
  readonly talk: Talk
  /** What we say of ourselves. */
  readonly device: () => Device
  /** Empty: none is asked for. */
  readonly pin: () => string
  /** An offer of a swarm was accepted. Throws AppError for what cannot be begun. */
  readonly receive: (offer: IncomingOffer, metainfos: readonly Uint8Array[]) => void
  /** Somebody tells how far it is. */
  readonly progress: SwarmSender['progress']
  /** What is shared with trusted contacts. */
  readonly shared: () => SharedFiles | undefined
  readonly fetching: () => Fetching | undefined
  /** What is shared by link, with whoever comes. */
  readonly link: () => Link | undefined
  /** A connection that asked for the peer wire. */
  readonly peer: (socket: TLSSocket) => void
  /** Somebody is there. */
  readonly met: (contact: Contact) => void
}

/** The largest .torrent in base64, or tens of thousands of files; of strangers, too: so a few of them at a time. */
const MAX_BODY_BYTES = 16 * 1024 * 1024
const MAX_LARGE_BODIES = 8
const SMALL_BODY_BYTES = 256 * 1024
const MAX_CONNECTIONS = 256
const HEADERS_MS = 10_000
/** For a request of a browser, which is short; its answer may take hours. */
const BROWSER_MS = 30_000
/** Of one address within a minute: messages, and words of who it is. */
const MAX_CALLS = 120
const CALLS_MS = 60_000

type Bindings = { Bindings: HttpBindings }

export interface DirectServer {
  readonly port: number
  close(): Promise<void>
}

/** HTTPS and the peer wire for people, and plain HTTP for browsers, on one port. Throws AppError 'port-in-use'. */
export async function serveDirect(options: DirectServerOptions, host: string, port: number): Promise<DirectServer> {
  const tls = makeTlsServer(options)
  const plain = createAdaptorServer({
    fetch: makeLinkApp(options).fetch,
    createServer: createHttpServer,
    serverOptions: { headersTimeout: HEADERS_MS, requestTimeout: BROWSER_MS },
  }) as TcpServer
  const server = splitByFirstByte({ tls, plain, firstByteMs: HEADERS_MS })
  server.maxConnections = MAX_CONNECTIONS
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new AppError('port-in-use', `others cannot reach us at port ${port} (${cause.code})`, { cause }))
    })
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Both protocols of TLS: ALPN says which (RFC 7301). */
function makeTlsServer(options: DirectServerOptions): Server {
  const { key, cert } = options.identity
  const server = createAdaptorServer({
    fetch: makeDirectApp(options).fetch,
    createServer,
    serverOptions: {
      key,
      cert,
      minVersion: 'TLSv1.2',
      ALPNProtocols: [PEER_PROTOCOL, 'http/1.1'],
      requestCert: true,
      rejectUnauthorized: false, // nobody vouches for them; the fingerprint is looked at
      headersTimeout: HEADERS_MS,
      requestTimeout: 0, // a file may take hours; who sends nothing is cut off below
      handshakeTimeout: HEADERS_MS,
    },
  }) as unknown as Server
  const [serveHttp] = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket) => {
    if (socket.alpnProtocol === PEER_PROTOCOL) options.peer(socket)
    else serveHttp?.call(server, socket)
  })
  server.timeout = ANSWER_MS + HEADERS_MS // so long may a person think
  return server
}

export function makeDirectApp(options: DirectServerOptions): Hono<Bindings> {
  const { contacts, incoming, talk } = options
  const app = new Hono<Bindings>()
  const pins = new Attempts(MAX_WRONG_PINS, PIN_WAIT_MS)
  const calls = new Attempts(MAX_CALLS, CALLS_MS)

  app.use(async (context, next) => {
    if (contactOf(context, contacts)?.trust === 'blocked') return context.body(null, 403)
    return next()
  })
  let reading = 0
  const largeBody: MiddlewareHandler<Bindings> = (context, next) => {
    if (reading < MAX_LARGE_BODIES) return next()
    return Promise.resolve(context.json({ message: 'Too many offers at once' }, 429))
  }
  const readLarge = async (context: Context<Bindings>): Promise<string> => {
    reading++
    try {
      return await context.req.text()
    } finally {
      reading--
    }
  }
  const checkPin = (context: Context<Bindings>): Response | undefined => {
    const pin = options.pin()
    const ip = remoteIp(context)
    if (pin === '' || (context.req.query('pin') === pin && !pins.mustWait(ip))) return undefined
    if (pins.mustWait(ip)) return context.json({ message: 'Too many attempts' }, 429)
    if (context.req.query('pin') !== undefined) pins.wrong(ip)
    return context.json({ message: 'PIN required' }, 401)
  }
  app.get('/api/localsend/v2/info', (context) => context.json(options.device()))

  app.post('/api/localsend/v2/register', bodyLimit({ maxSize: SMALL_BODY_BYTES }), async (context) => {
    if (isTooOften(calls, context)) return context.body(null, 429)
    const device = parse(DEVICE, await context.req.text())
    if (device === undefined) return context.json({ message: 'Invalid body' }, 400)
    const contact = meet(context, contacts, device)
    if (contact === undefined) return context.body(null, 403)
    options.met(contact)
    return context.json(options.device())
  })

  app.post('/api/localsend/v2/prepare-upload', largeBody, bodyLimit({ maxSize: MAX_BODY_BYTES }), async (context) => {
    const ip = remoteIp(context)
    const refused = checkPin(context)
    if (refused !== undefined) return refused
    const wanted = parse(PREPARE_UPLOAD, await readLarge(context))
    if (wanted === undefined || Object.keys(wanted.files).length === 0) {
      return context.json({ message: 'Invalid body' }, 400)
    }
    const from = meet(context, contacts, wanted.info)
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

  app.post('/api/shoal/v1/offer', largeBody, bodyLimit({ maxSize: MAX_BODY_BYTES }), async (context) => {
    const from = contactOf(context, contacts)
    if (from === undefined) return context.json({ message: 'Register first, with your certificate' }, 401)
    const refused = checkPin(context)
    if (refused !== undefined) return refused
    const metainfos = parse(OFFER, await readLarge(context))?.torrents.map(fromBase64)
    const files = metainfos && offeredFiles(metainfos)
    if (metainfos === undefined || files === undefined) return context.json({ message: 'Invalid body' }, 400)
    const { status, offer } = await incoming.prepare(files, from, true, remoteIp(context), untilGone(context))
    if (offer === undefined) return context.json({ message: MESSAGES[status] ?? '' }, status)
    try {
      options.receive(offer, metainfos)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      endOffer(offer, 'failed', error.message)
      return context.json({ message: MESSAGES[500] ?? '' }, 500)
    }
    return context.json({})
  })

  app.post('/api/shoal/v1/swarm', bodyLimit({ maxSize: SMALL_BODY_BYTES }), async (context) => {
    const told = parse(SWARM, await context.req.text())
    if (told === undefined) return context.json({ message: 'Invalid body' }, 400)
    const member = {
      fingerprint: provenFingerprint(context) ?? '',
      address: { ip: remoteIp(context), port: told.port },
    }
    const others = options.progress(member, told.infoHash, told.doneBytes, told.isDone)
    if (typeof others === 'string') return context.body(null, others === 'over' ? 410 : 503)
    return context.json(writeMembers(others))
  })

  // Only trusted contacts see what is shared.
  app.use('/api/shoal/v1/:what{files|torrent}', async (context, next) => {
    if (contactOf(context, contacts)?.trust !== 'trusted') return context.body(null, 403)
    return next()
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

  app.notFound((context) => context.json({ message: 'Nothing here' }, 404))
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse() // such as 413 for a body that is too long
    return context.json({ message: 'Unknown error' }, 500)
  })
  return app
}

const MESSAGES: Readonly<Record<number, string>> = {
  403: 'Rejected',
  409: 'An offer of yours waits already',
  429: 'Too many offers wait',
  500: 'There is no room for it',
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}

function untilGone(context: Context<Bindings>): AbortSignal {
  const gone = new AbortController()
  context.env.incoming.socket.once('close', () => gone.abort())
  return gone.signal
}

function remoteIp(context: Context<Bindings>): string {
  return canonicalIp(context.env.incoming.socket.remoteAddress ?? '') ?? ''
}

/** Of the certificate that the caller showed, and so has the key of. */
function provenFingerprint(context: Context<Bindings>): string | undefined {
  const der = (context.env.incoming.socket as Partial<TLSSocket>).getPeerX509Certificate?.()?.raw
  return der === undefined ? undefined : fingerprintOf(der)
}

function contactOf(context: Context<Bindings>, contacts: Contacts): Contact | undefined {
  const fingerprint = provenFingerprint(context)
  return fingerprint === undefined ? undefined : contacts.byFingerprint(fingerprint)
}

/** Notes who is there. `undefined`: blocked, or nobody, or one who claims to be somebody else than he shows. */
function meet(context: Context<Bindings>, contacts: Contacts, device: Device): Contact | undefined {
  const proven = provenFingerprint(context)
  const fingerprint = proven ?? device.fingerprint
  if (fingerprint === '' || (device.protocol === 'https' && contacts.byFingerprint(fingerprint)?.trust === 'blocked')) {
    return undefined
  }
  const contact = contacts.saw({
    fingerprint,
    alias: device.alias,
    address: { ip: remoteIp(context), port: device.port },
    protocol: device.protocol,
    isShoal: device.deviceModel === SHOAL_MODEL,
  })
  return contact.trust === 'blocked' ? undefined : contact
}

function isTooOften(calls: Attempts, context: Context<Bindings>): boolean {
  const ip = remoteIp(context)
  if (calls.mustWait(ip)) return true
  calls.wrong(ip)
  return false
}
