// What goes over the wire between people: the LocalSend protocol v2.1 (github.com/localsend/protocol), as schemas. All of
// it comes from strangers: lengths are bounded here, names are cleaned where they are used.
import * as v from 'valibot'

export const PROTOCOL_VERSION = '2.1'
export const DEFAULT_PORT = 53_317
export const MULTICAST_GROUP = '224.0.0.167'
/** The `deviceModel` by which Shoals know each other. */
export const SHOAL_MODEL = 'Shoal'

const MAX_ALIAS = 128
const MAX_ID = 256
const MAX_FILE_NAME = 4_096
export const MAX_FILES = 50_000
/** Of a message, which travels as the preview of a file. */
export const MAX_TEXT = 64 * 1024

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const word = v.pipe(v.string(), v.maxLength(MAX_ALIAS))
const fingerprint = v.pipe(v.string(), v.maxLength(MAX_ID))

export const DEVICE = v.object({
  alias: v.pipe(v.string(), v.maxLength(1_024)),
  version: v.optional(word, '1.0'),
  deviceModel: v.nullish(word),
  deviceType: v.nullish(word),
  fingerprint: v.optional(fingerprint, ''),
  port: v.optional(port, DEFAULT_PORT),
  protocol: v.optional(v.picklist(['http', 'https']), 'https'),
  download: v.nullish(v.boolean()),
  announce: v.nullish(v.boolean()),
})
/** Who somebody says that he is. */
export type Device = v.InferOutput<typeof DEVICE>

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ID))

const FILE = v.object({
  id,
  fileName: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_FILE_NAME)),
  size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
  fileType: v.optional(v.pipe(v.string(), v.maxLength(MAX_ID)), 'application/octet-stream'),
  sha256: v.nullish(v.pipe(v.string(), v.maxLength(MAX_ID))),
  preview: v.nullish(v.string()),
})
export type OfferedFile = v.InferOutput<typeof FILE>

const FILES = v.pipe(
  v.record(id, FILE),
  v.check((files) => Object.keys(files).length <= MAX_FILES, 'too many files'),
)

export const PREPARE_UPLOAD = v.object({ info: DEVICE, files: FILES })
export type PrepareUpload = v.InferOutput<typeof PREPARE_UPLOAD>

/** What a receiver answers: a token for each file that it takes. */
export const ACCEPTED = v.object({ sessionId: id, files: v.record(id, id) })
export type Accepted = v.InferOutput<typeof ACCEPTED>

/** What a link offers. */
export const PREPARE_DOWNLOAD = v.object({ info: DEVICE, sessionId: id, files: FILES })

/** Between Shoals: a message (docs/protocols/direct.md). */
export const MESSAGE = v.object({ id, text: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TEXT)) })

/** A route of version 2 with its query. */
export function routeOf(name: string, query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString()
  return `/api/localsend/v2/${name}${text === '' ? '' : `?${text}`}`
}

/** `undefined` for what is not of the schema, or no JSON. */
export function parse<Schema extends v.GenericSchema>(schema: Schema, json: string): v.InferOutput<Schema> | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), json)
  return read.success ? read.output : undefined
}

/** A single text with its words in the preview is a message, and no file. */
export function messageIn({ files }: PrepareUpload): string | undefined {
  const [first, other] = Object.values(files)
  if (first === undefined || other !== undefined || !first.fileType.startsWith('text/')) return undefined
  return typeof first.preview === 'string' && first.preview !== '' ? first.preview.slice(0, MAX_TEXT) : undefined
}
