// The management API in front of lists in a folder of their own, and a caller that has the token unless told otherwise.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { Access } from '../../src/tracker/access.ts'
import { AccessEditor } from '../../src/tracker/access-editor.ts'
import type { Catalogue } from '../../src/tracker/catalogue.ts'
import { createHttpFront, DEFAULT_HTTP_FRONT_LIMITS } from '../../src/tracker/http-front.ts'
import { DEFAULT_RULES, TrackerLogic } from '../../src/tracker/logic.ts'
import { createManagementRoutes } from '../../src/tracker/management.ts'
import { MemoryStore } from '../../src/tracker/memory-store.ts'
import { makeHome } from './program.ts'

export const TOKEN: string = 'correct-horse-battery-staple'

export interface ManageOptions {
  /** `undefined`: none is shown. */
  readonly token?: string | undefined
  readonly body?: string | Uint8Array
  readonly headers?: http.OutgoingHttpHeaders
  /** Of this machine. */
  readonly from?: string
}

export interface ManageAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** `undefined`: the body is empty. */
  readonly json: unknown
}

/** `call` is a method and a path, which is sent as it stands. Every answer must be JSON or empty, and kept nowhere. */
export async function manage(port: number, call: string, options: ManageOptions = {}): Promise<ManageAnswer> {
  const { token, body, headers, from } = { token: TOKEN, ...options }
  const [method = '', path = ''] = call.split(' ')
  const request = http.request({
    ...{ host: '127.0.0.1', port, method, path, agent: false },
    ...(from !== undefined && { localAddress: from }),
    headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...headers },
  })
  request.end(body)
  const [response] = await once(request, 'response')
  assert(response instanceof http.IncomingMessage)
  const text = Buffer.concat(await response.toArray()).toString()
  assert.equal(response.headers['cache-control'], 'no-store', call)
  const json: unknown = text === '' ? undefined : JSON.parse(text)
  return { status: response.statusCode ?? 0, headers: response.headers, json }
}

export interface ServedManagement extends AsyncDisposable {
  readonly port: number
  readonly dir: string
  readonly denied: string
  readonly access: Access
  readonly editor: AccessEditor
  /** Moves the clock. */
  readonly pass: (ms: number) => void
  readonly text: () => string
}

export interface ServeOptions {
  /** Text of the list of denied torrents. */
  readonly denied?: string
  readonly catalogue?: Catalogue
  readonly bodyMs?: number
}

export async function serveManagement(options: ServeOptions = {}): Promise<ServedManagement> {
  const dir = makeHome('manage')
  const denied = join(dir, 'denied.txt')
  writeFileSync(denied, options.denied ?? '')
  let nowMs = 0
  const store = new MemoryStore()
  const access = await Access.open({ denied })
  const reload = (): Promise<void> => access.reload()
  const editor = new AccessEditor(access, reload)
  const figures = async () => ({
    ...(await store.counts()),
    ...{ announces: { http: 0, udp: 0, websocket: 0 }, scrapes: 0, refusals: 0 },
  })
  const management = createManagementRoutes({
    ...{ token: TOKEN, editor, store, catalogue: options.catalogue, figures, reload, nowMs: () => nowMs },
    ...(options.bodyMs !== undefined && { bodyMs: options.bodyMs }),
  })
  const logic = new TrackerLogic(store, DEFAULT_RULES, () => 0)
  const server = createHttpFront(logic, access, DEFAULT_HTTP_FRONT_LIMITS, figures, undefined, management)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  return {
    ...{ port: address.port, dir, denied, access, editor },
    pass: (ms) => (nowMs += ms),
    text: () => readFileSync(denied, 'utf8'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await editor.close()
      access.close()
      await store.close()
    },
  }
}
