// Calls of the daemon's API, and what they say when they fail. Who is not signed in any more is told to the page.
import { signal } from '@preact/signals'
import { printable } from '../../core/printable.ts'
import { words } from '../words/words.ts'

/** What the daemon, or the way to it, refused: `message` is a sentence for people. */
export class ApiError extends Error {
  /** A word of the daemon's list of errors, 'not-reached' or 'http'. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** `undefined`: not known yet. */
export const isSignedIn = signal<boolean | undefined>(undefined)

/** Of signing in: a 401 to what was asked before the last one says nothing of now. */
let signIns = 0
isSignedIn.subscribe((isIn) => {
  if (isIn === true) signIns++
})

const HEADERS = { 'X-Shoal-Page': '1' }
const SESSION_ID = 'X-Transmission-Session-Id'
let sessionId = ''

/** What `fetch` takes, with headers as an object. */
interface Request {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Blob
  readonly signal?: AbortSignal
}

async function send(path: string, init: Request): Promise<Response> {
  const signInsBefore = signIns
  let response: Response
  try {
    response = await fetch(path, { ...init, headers: { ...HEADERS, ...init.headers } })
  } catch (error) {
    if (init.signal?.aborted === true) throw error
    throw new ApiError('not-reached', words.notReached)
  }
  const isLate = signIns !== signInsBefore
  if (response.status === 401 && path !== '/page/sign-in' && !isLate) isSignedIn.value = false
  return response
}

/** The result of a method of docs/protocols/rpc.md. Throws ApiError. */
export async function call<Result>(method: string, params: object = {}, signal?: AbortSignal): Promise<Result> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  for (let attempt = 0; ; attempt++) {
    const headers = { 'Content-Type': 'application/json', [SESSION_ID]: sessionId }
    const response = await send('/transmission/rpc', { method: 'POST', headers, body, ...(signal && { signal }) })
    if (response.status === 409 && attempt === 0) {
      sessionId = response.headers.get(SESSION_ID) ?? ''
      continue
    }
    if (!response.ok) throw new ApiError('http', await sentence(response))
    const answer = (await response.json()) as Answer
    if (answer.error === undefined) return answer.result as Result
    throw new ApiError(answer.error.data?.code ?? 'internal', asSentence(answer.error.message))
  }
}

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly message: string; readonly data?: { readonly code?: string } }
}

/** A route that is no method: JSON or nothing in, JSON or nothing out. Throws ApiError. */
export async function request<Result>(
  method: string,
  path: string,
  body?: object | Blob,
  signal?: AbortSignal,
): Promise<Result> {
  const isBlob = body instanceof Blob
  const response = await send(path, {
    method,
    ...(body !== undefined && {
      body: isBlob ? body : JSON.stringify(body),
      headers: { 'Content-Type': isBlob ? 'application/octet-stream' : 'application/json' },
    }),
    ...(signal && { signal }),
  })
  if (!response.ok) throw new ApiError(String(response.status), await sentence(response))
  return (response.status === 204 ? undefined : await response.json()) as Result
}

async function sentence(response: Response): Promise<string> {
  const text = await response.text().catch(() => '')
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    if (typeof message === 'string') return asSentence(message)
  } catch {
    // It was no JSON.
  }
  return asSentence(text.trim().slice(0, 300)) || `${words.somethingFailed} (${response.status})`
}

/** What went wrong, to be shown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : words.somethingFailed
}

/** What the daemon says, to be shown: it may name files and people, whose names others chose. */
export function asSentence(text: string): string {
  const clean = printable(text)
  return clean.charAt(0).toUpperCase() + clean.slice(1)
}
