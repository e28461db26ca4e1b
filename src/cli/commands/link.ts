// Files by link: `shoal send --link` shares them with browsers of this network, `shoal get http://...` fetches them.
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { AppError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { RateMeter } from '../../core/rate.ts'
import { printSize } from '../../core/sizes.ts'
import type { LinkRow, SettingRow } from '../../daemon/rpc/types.ts'
import { monotonicMs } from '../../io/clock.ts'
import { NOTHING_YET } from '../output/events.ts'
import { count } from '../output/progress-line.ts'
import { openOutput } from '../output/reporter.ts'
import { type AskOptions, daemonOf, print } from './ask.ts'

const LOOK_MS = 500

/** Until Ctrl-C. */
export async function runLink(
  paths: readonly string[],
  pin: string | undefined,
  options: AskOptions,
  signal: AbortSignal,
): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  const link = await daemon.call<LinkRow>('shoal_link_open', {
    paths: paths.map((path) => resolve(path)),
    ...(pin !== undefined && { pin }),
  })
  print(options, link, () => describe(link))
  const told = new Set<number>()
  for (let isLast = false; !isLast; ) {
    await setTimeout(LOOK_MS, undefined, { signal }).catch(() => {}) // then it ends
    isLast = signal.aborted
    const { link: now } = await daemon.call<{ link: LinkRow | null }>('shoal_link')
    if (now === null) throw new AppError('interrupted', 'the link was closed')
    for (const download of now.downloads) {
      if (download.state === 'sending' || told.has(download.id)) continue
      told.add(download.id)
      print(options, download, () => lineOf(download))
    }
  }
  await daemon.call('shoal_link_close')
}

function describe({ urls, pin, fileCount, totalBytes }: LinkRow): string {
  const what = `${count(fileCount, 'file')}, ${printSize(totalBytes)}`
  const whoever = pin === '' ? 'Anybody in this network who opens' : `Who opens, and knows the PIN ${printable(pin)},`
  const links = urls.map((url) => `  ${url}\n`).join('')
  return `${whoever} this link can fetch them (${what}), until Ctrl-C:\n${links}`
}

function lineOf({ ip, name, doneBytes, state }: LinkRow['downloads'][number]): string {
  if (state === 'done') return `${ip} has fetched ${printable(name)} (${printSize(doneBytes)})\n`
  return `${ip} broke off ${printable(name)} after ${printSize(doneBytes)}\n`
}

/** `http://192.0.2.7:53317`, with or without a path; `undefined` for what is no link. */
export function parseLink(word: string): URL | undefined {
  return /^https?:\/\//i.test(word) && URL.canParse(word) ? new URL(word) : undefined
}

export interface GetLinkOptions extends AskOptions {
  readonly dir: string | undefined
  readonly pin: string | undefined
}

/** All that is behind the link. */
export async function getLink(link: URL, options: GetLinkOptions, signal: AbortSignal): Promise<void> {
  const dir = resolve(options.dir ?? (await receiveDirOf(options)))
  const { fetchLink } = await import('../../direct/link-client.ts')
  using reporter = openOutput(options.json === true)
  const meter = new RateMeter()
  let [counted, shownAt] = [0, monotonicMs()]
  const { from, paths } = await fetchLink(link, {
    ...{ pin: options.pin, dir, signal },
    onProgress: (done, total) => {
      const now = monotonicMs()
      meter.add(done - counted, now)
      counted = done
      if (now - shownAt < LOOK_MS) return
      shownAt = now
      const downloadRate = meter.bytesPerSec(now)
      reporter.report({ ...NOTHING_YET, name: link.host, state: 'downloading', done, total, downloadRate, peers: 1 })
    },
  })
  const [first] = paths
  const what = paths.length === 1 ? printable(first ?? '') : count(paths.length, 'file')
  reporter.report({ event: 'note', message: `Got ${what} from ${printable(from)}: in ${printable(dir)}` })
}

async function receiveDirOf(options: AskOptions): Promise<string> {
  await using daemon = await daemonOf(options)
  const { settings } = await daemon.call<{ settings: SettingRow[] }>('shoal_config_get')
  const value = settings.find(({ name }) => name === 'receive-dir')?.value
  return typeof value === 'string' ? value : '.'
}
