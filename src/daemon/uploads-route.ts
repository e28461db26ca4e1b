// `/uploads`: files from a browser to this machine's disk, see docs/protocols/rpc.md. Errors are JSON with a sentence.
import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import * as v from 'valibot'
import { AppError, type ErrorCode } from '../core/errors.ts'
import type { Daemon } from './daemon.ts'
import { explain } from './rpc/method.ts'

type Bindings = { Bindings: HttpBindings }

/** As many as a person can mean to choose; each has a row in memory. */
const MAX_FILES = 20_000
/** Their names: some 400 letters each. */
const MAX_LIST_BYTES = 8 * 1024 * 1024
/** At 3 Mbit/s a part takes 45 s: the server allows a request a minute. */
const MAX_PART_BYTES = 16 * 1024 * 1024
/** PATH_MAX of Linux. */
const MAX_PATH_CHARACTERS = 4_096
const MAX_NAME_CHARACTERS = 255

const WANTED = v.object({
  name: v.optional(v.pipe(v.string(), v.maxLength(MAX_NAME_CHARACTERS))),
  files: v.pipe(
    v.array(
      v.object({
        path: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_PATH_CHARACTERS)),
        size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      }),
    ),
    v.maxLength(MAX_FILES),
  ),
})

const STATUS: Readonly<Partial<Record<ErrorCode, 400 | 403 | 404 | 429 | 507>>> = {
  usage: 400,
  network: 400,
  'not-found': 404,
  busy: 429,
  'disk-full': 507,
  'disk-permission': 403,
  'disk-read-only': 403,
}

export function addUploads(app: Hono<Bindings>, { uploads }: Daemon): void {
  const limit = bodyLimit({
    maxSize: MAX_LIST_BYTES,
    onError: (context) => context.json({ message: 'So many names are too long: upload fewer files at once' }, 413),
  })
  app.post('/uploads', limit, (context) =>
    answer(context, async () => context.json(await uploads.open(readWanted(await context.req.text())), 201)),
  )
  app.get('/uploads/:id', (context) =>
    answer(context, async () => context.json(await uploads.get(context.req.param('id')))),
  )
  app.delete('/uploads/:id', (context) =>
    answer(context, async () => {
      await uploads.remove(context.req.param('id'))
      return context.body(null, 204)
    }),
  )
  app.put('/uploads/:id/:file', (context) =>
    answer(context, async () => {
      const { id, file } = context.req.param()
      const length = lengthOf(context)
      if (length === undefined) return context.json({ message: 'Say in Content-Length how long this part is' }, 411)
      if (length > MAX_PART_BYTES) {
        return context.json({ message: `A part may have ${MAX_PART_BYTES} bytes: send several` }, 413)
      }
      const written = await uploads.write(id, {
        file: wholeNumber('the number of the file', file),
        at: wholeNumber('at', context.req.query('at') ?? ''),
        length,
        // It stays open when we stop reading: there is an answer to send.
        bytes: context.env.incoming.iterator({ destroyOnReturn: false }),
      })
      if (written.result === 'written') return context.json({ have: written.have })
      return context.json({ message: written.why, have: written.have }, 409)
    }),
  )
}

function readWanted(text: string): v.InferOutput<typeof WANTED> {
  const wanted = v.safeParse(v.pipe(v.string(), v.parseJson(), WANTED), text)
  if (wanted.success) return wanted.output
  throw new AppError('usage', explain(wanted.issues[0]))
}

function lengthOf(context: Context<Bindings>): number | undefined {
  const text = context.req.header('content-length')
  return text === undefined ? undefined : wholeNumber('Content-Length', text)
}

function wholeNumber(what: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new AppError('usage', `${what}: expected a whole number, got ${JSON.stringify(text)}`)
}

async function answer(context: Context<Bindings>, run: () => Promise<Response>): Promise<Response> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return context.json({ message: error.message, code: error.code }, STATUS[error.code] ?? 500)
  }
}
