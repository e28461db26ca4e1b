// A browser's requests to the daemon, as bytes: fetch would not let a test choose its Host, or send a path as it is.
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request as open } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { ServedDaemon, TestDaemon } from './daemon.ts'

export interface PageRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: object
}

export interface PageAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
}

/** As a program: without any header that browsers send by themselves. */
export async function ask({ url }: ServedDaemon, path: string, asked: PageRequest = {}): Promise<PageAnswer> {
  const { hostname, port } = new URL(url)
  const body = Buffer.from(asked.json === undefined ? '' : JSON.stringify(asked.json))
  const sent = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) }
  const headers = { ...(asked.json !== undefined && sent), ...asked.headers }
  const request = open({ hostname, port, path, method: asked.method ?? 'GET', headers, agent: false })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const bytes = await buffer(response)
  return { status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString('utf8') }
}

/** What a browser adds when a page of the daemon itself asks. */
export function ownPage({ url }: ServedDaemon): Readonly<Record<string, string>> {
  return { Origin: new URL(url).origin, 'Sec-Fetch-Site': 'same-origin', 'X-Shoal-Page': '1' }
}

export interface SignedInPage {
  /** `name=secret`. */
  readonly cookie: string
  /** As the page, signed in. */
  ask(path: string, asked?: PageRequest): Promise<PageAnswer>
}

/** The cookie that an answer set, without its attributes. */
export function cookieOf({ headers }: PageAnswer): string {
  const [cookie = ''] = headers['set-cookie']?.[0]?.split(';') ?? []
  return cookie
}

export async function signIn(it: ServedDaemon, headers: Readonly<Record<string, string>> = {}): Promise<SignedInPage> {
  const own = { ...ownPage(it), ...headers }
  const answer = await ask(it, '/page/sign-in', { method: 'POST', headers: own, json: { password: it.token } })
  if (answer.status !== 204) throw new Error(`signing in failed: ${answer.status} ${answer.text}`)
  const cookie = cookieOf(answer)
  return {
    cookie,
    ask: (path, asked = {}) => ask(it, path, { ...asked, headers: { ...own, Cookie: cookie, ...asked.headers } }),
  }
}

/** A new link to the page. */
export async function newLink(it: TestDaemon): Promise<string> {
  const { url } = await it.call('shoal_page_link')
  if (typeof url !== 'string') throw new Error('shoal_page_link told no url')
  return url
}

/** The code of a new link. */
export async function newCode(it: TestDaemon): Promise<string> {
  return new URL(await newLink(it)).hash.replace('#enter=', '')
}
