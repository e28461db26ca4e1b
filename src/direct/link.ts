// Files shared by link: whoever opens it in a browser may fetch them. The sender's side of section 5 of the LocalSend
// protocol; link-app.ts serves it.
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { AppError } from '../core/errors.ts'
import { monotonicMs } from '../io/clock.ts'
import { failedFile } from '../io/files.ts'
import { type FileToSend, filesToSend } from './files-to-send.ts'
import { Pin } from './pin.ts'

export interface LinkDownload {
  readonly id: number
  /** Who fetches. */
  readonly ip: string
  readonly name: string
  /** Of this answer: browsers may ask for a part. */
  readonly totalBytes: number
  doneBytes: number
  state: 'sending' | 'done' | 'broken'
}

/** 'wrong': the PIN is, or it was not given; 'wait': it was too often. */
export type Admission = { readonly sessionId: string } | 'wrong' | 'wait'

const MAX_SESSIONS = 256
const MAX_KEPT = 200
/** A link that its owner does not look at any more is closed: his command was killed. */
const UNWATCHED_MS = 60_000

export class Link {
  /** By an id that is theirs within this link. */
  readonly files: ReadonlyMap<string, FileToSend>
  readonly totalBytes: number
  readonly pin: string
  readonly #pin = new Pin(() => this.pin)
  /** Whose it is, by its id; the oldest go first. */
  readonly #sessions = new Map<string, string>()
  #downloads: LinkDownload[] = []
  #lastDownload = 0
  #watchedAt = monotonicMs()

  private constructor(files: readonly FileToSend[], pin: string) {
    this.files = new Map(files.map((file, n) => [String(n + 1), file]))
    this.totalBytes = files.reduce((sum, { size }) => sum + size, 0)
    this.pin = pin
  }

  /** Throws AppError for what cannot be read. An empty `pin` asks for none. */
  static async make(paths: readonly string[], pin: string): Promise<Link> {
    return new Link(await filesToSend(paths), pin)
  }

  /** What was fetched. Whoever asks keeps the link open. */
  watch(): readonly LinkDownload[] {
    this.#watchedAt = monotonicMs()
    return this.#downloads
  }

  get isForgotten(): boolean {
    return monotonicMs() - this.#watchedAt > UNWATCHED_MS
  }

  /** With the PIN, or a session that it was given for. */
  admit(ip: string, pin: string | undefined, sessionId: string | undefined): Admission {
    if (sessionId !== undefined && this.isSession(sessionId, ip)) return { sessionId }
    const verdict = this.#pin.check(ip, pin)
    if (verdict !== 'right') return verdict
    const made = randomBytes(16).toString('hex')
    this.#sessions.set(made, ip)
    const [oldest] = this.#sessions.size > MAX_SESSIONS ? this.#sessions.keys() : []
    if (oldest !== undefined) this.#sessions.delete(oldest)
    return { sessionId: made }
  }

  isSession(sessionId: string, ip: string): boolean {
    return this.#sessions.get(sessionId) === ip
  }

  /** Bytes of a file from `begin` to `end`, counted. Throws AppError. */
  async *read(
    file: FileToSend,
    ip: string,
    begin: number,
    end: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const totalBytes = end - begin
    const download: LinkDownload = {
      ...{ id: ++this.#lastDownload, ip, name: file.name, totalBytes },
      ...{ doneBytes: 0, state: 'sending' },
    }
    this.#downloads = [...this.#downloads, download].slice(-MAX_KEPT)
    try {
      if (totalBytes > 0) {
        const options = { start: begin, end: end - 1, highWaterMark: 256 * 1024, signal }
        for await (const chunk of createReadStream(file.path, options) as AsyncIterable<Uint8Array>) {
          download.doneBytes += chunk.length
          yield chunk
        }
      }
      if (download.doneBytes < totalBytes) throw new AppError('busy', `"${file.name}" is shorter than it was`)
      download.state = 'done'
    } catch (cause) {
      throw failedFile('read', file.path, cause)
    } finally {
      if (download.state === 'sending') download.state = 'broken'
    }
  }
}
