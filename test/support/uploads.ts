// A browser that uploads, for tests: speaks HTTP to a daemon that is served.
import type { UploadRow } from '../../src/daemon/rpc/page-types.ts'
import type { ServedDaemon } from './daemon.ts'

export interface Answer {
  readonly status: number
  /** Of a refusal. */
  readonly message: string
  readonly have: number | undefined
  readonly row: UploadRow | undefined
}

export interface Uploader {
  readonly open: (wanted: object) => Promise<Answer>
  readonly put: (id: string, file: number | string, at: number | string, bytes: Bytes) => Promise<Answer>
  readonly get: (id: string) => Promise<Answer>
  readonly remove: (id: string) => Promise<Answer>
  /** One that is open; fails if it is not. */
  readonly opened: (sizes: Readonly<Record<string, number>>, name?: string) => Promise<UploadRow>
}

type Bytes = string | Uint8Array<ArrayBuffer>

export function uploaderTo({ url, token }: Pick<ServedDaemon, 'url' | 'token'>): Uploader {
  async function ask(method: string, path: string, body?: Bytes): Promise<Answer> {
    const headers = { Authorization: `Bearer ${token}` }
    const response = await fetch(new URL(path, url), { method, headers, ...(body !== undefined && { body }) })
    const text = await response.text()
    const json = (text === '' ? {} : JSON.parse(text)) as { message?: string; have?: number; id?: string }
    const row = json.id === undefined ? undefined : (json as never as UploadRow)
    return { status: response.status, message: json.message ?? '', have: json.have, row }
  }
  const open = (wanted: object): Promise<Answer> => ask('POST', '/uploads', JSON.stringify(wanted))
  return {
    open,
    put: (id, file, at, bytes) => ask('PUT', `/uploads/${id}/${file}?at=${at}`, bytes),
    get: (id) => ask('GET', `/uploads/${id}`),
    remove: (id) => ask('DELETE', `/uploads/${id}`),
    opened: async (sizes, name) => {
      const files = Object.entries(sizes).map(([path, size]) => ({ path, size }))
      const { row, status, message } = await open({ files, ...(name !== undefined && { name }) })
      if (row === undefined) throw new Error(`not opened: ${status} ${message}`)
      return row
    },
  }
}
