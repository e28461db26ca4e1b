// A page on disk that leads to the link of `shoal web`. The link signs in, and the arguments of programs are shown to every
// user of the machine: so openers and browsers are given the address of this page, which only its user can read.
import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { failedFile } from '../io/files.ts'

/** A browser that is only starting has read it by then. */
export const KEPT_MS = 10_000
const PREFIX = 'shoal-web-'

/** Dispose of it when the browser has read it. */
export interface LinkPage extends AsyncDisposable {
  readonly address: string
}

/** Not below the home: browsers in sandboxes see no hidden folders there. */
export function linkFolder(env: NodeJS.ProcessEnv): string {
  const runtime = env['XDG_RUNTIME_DIR'] ?? ''
  return isAbsolute(runtime) ? runtime : tmpdir()
}

/** Also removes what commands that were killed have left in `folder`. Throws AppError if it cannot be written there. */
export async function writeLinkPage(url: string, folder: string): Promise<LinkPage> {
  let own: string
  try {
    own = await mkdtemp(join(folder, PREFIX)) // only its user may look into it
  } catch (cause) {
    throw failedFile('write', folder, cause)
  }
  const remove = (): Promise<void> => rm(own, { recursive: true, force: true })
  const file = join(own, 'open.html')
  try {
    await writeFile(file, pageTo(url), { flag: 'wx', mode: 0o600 })
    await removeLeft(folder, own)
  } catch (cause) {
    await remove().catch(() => undefined) // the failure itself is what counts
    throw failedFile('write', file, cause)
  }
  // What cannot be removed now, the next one removes.
  return { address: pathToFileURL(file).href, [Symbol.asyncDispose]: () => remove().catch(() => undefined) }
}

/** Younger ones may be those of another command that runs. */
async function removeLeft(folder: string, own: string): Promise<void> {
  const now = await lstat(own)
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PREFIX)) continue
    const path = join(folder, name)
    try {
      const other = await lstat(path)
      const isLeft = other.isDirectory() && other.uid === now.uid && now.mtimeMs - other.mtimeMs > KEPT_MS
      if (isLeft) await rm(path, { recursive: true, force: true })
    } catch {
      // Another command was quicker. Its code is good for minutes only, and once.
    }
  }
}

function pageTo(url: string): string {
  const text = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url=${text}">
<title>Shoal</title>
<a href="${text}">Shoal</a>
`
}
