// `shoal tracker`: helps peers to find each other.
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { collectGarbage } from '../../io/collect-garbage.ts'
import type { AccessOptions } from '../../tracker/access.ts'
import type { TrackerServer } from '../../tracker/tracker-server.ts'
import { duration, jsonOption, wholeNumber } from '../options.ts'
import { onInterrupt } from '../interrupt.ts'
import { openOutput, type Reporter } from '../output/reporter.ts'

interface TrackerOptions {
  readonly port: number
  readonly host?: string
  readonly interval?: number
  readonly probe?: number
  readonly state?: string
  readonly allow?: string
  readonly deny?: string
  readonly passkeys?: string
  readonly maxCalls?: number
  readonly redis?: string
  /** False: none. */
  readonly catalogue?: string | false
  readonly publish: boolean
  readonly manageToken?: string
  readonly portable?: boolean
  readonly workers?: number
  readonly maxPeers?: number
  readonly json?: boolean
}

/** What most trackers use. */
const DEFAULT_PORT = 6969
const STATS_MS = 2000

const EXAMPLES = `
Examples:
  shoal tracker
  shoal tracker --port 8000 --host 127.0.0.1
  shoal tracker --probe 20s                    peers that vanish are forgotten within a minute
  shoal tracker --state swarms.bin             a restart forgets nobody
  shoal tracker --catalogue torrents.db        and no torrent that was published
  shoal tracker --allow torrents.txt           read again whenever it changes
  shoal tracker --workers 4                    on four processors
  shoal tracker --redis redis://10.0.0.5       one of several that share their swarms`

export function addTrackerCommand(program: Command): void {
  program
    .command('tracker')
    .summary('run a tracker, where peers find each other')
    .description('Run a tracker, where peers find each other, over HTTP, WebSocket and UDP on one port number.')
    .option('-p, --port <n>', 'the port; 0 is any that is free', wholeNumber(0, 65_535), DEFAULT_PORT)
    .option('--host <address>', 'the address of this machine to use; by default all')
    .option('--interval <time>', 'how often peers announce themselves; by default 15m', duration)
    .option('--probe <time>', 'look this often whether peers still answer, and forget those that do not', duration)
    .option('--workers <n>', 'threads that share the work; by default 1', wholeNumber(1, 64))
    .option('--max-peers <n>', 'keep no more in memory; by default 5000000', wholeNumber(1, 100_000_000))
    .option('--redis <url>', 'keep swarms in this Redis or Valkey, which other trackers may share')
    .option('--catalogue <file>', 'keep the catalogue of published torrents in this file; by default in memory')
    .option('--no-catalogue', 'have no catalogue')
    .option('--no-publish', 'let nobody publish in the catalogue')
    .option(
      '--manage-token <file>',
      'let who has the token in this file, which is made if need be, manage it over HTTP',
    )
    .option('--portable', 'use only what Node offers for the network: slower')
    .option('--state <file>', 'keep who is where in this file, over restarts')
    .option('--allow <file>', 'serve only torrents whose info-hashes are in it, one a line')
    .option('--deny <file>', 'serve no torrents whose info-hashes are in it')
    .option('--passkeys <file>', 'only for those whose announce URL has a passkey that is in it, one a line')
    .option('--max-calls <n>', 'announces and scrapes of one address within a minute', wholeNumber(1, 1_000_000))
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(runTracker)
}

async function runTracker({
  port,
  host,
  interval,
  probe,
  state,
  redis,
  workers,
  maxPeers,
  catalogue,
  publish,
  manageToken,
  portable,
  json,
  ...rules
}: TrackerOptions): Promise<void> {
  using interrupt = onInterrupt()
  using reporter = openOutput(json === true)
  const { TrackerServer } = await import('../../tracker/tracker-server.ts')
  const { limitsFor } = await import('../../tracker/memory-store.ts')
  const tracker = await TrackerServer.listen({
    port,
    ...(host !== undefined && { host }),
    ...(interval !== undefined && { intervalSec: Math.ceil(interval / 1000) }),
    ...(probe !== undefined && { probeMs: probe }),
    ...(state !== undefined && { statePath: resolve(state) }),
    ...(catalogue !== false && { catalogue: { path: pathOf(catalogue), publish: publish ? 'everybody' : 'nobody' } }),
    ...(manageToken !== undefined && { manageToken: await tokenIn(resolve(manageToken), reporter) }),
    ...(portable === true && { isPortable: true }),
    ...(redis !== undefined && { redisUrl: redis }),
    ...(workers !== undefined && { workers }),
    ...(maxPeers !== undefined && { storeLimits: limitsFor(maxPeers) }),
    access: accessOf(rules),
  })
  try {
    for (const url of tracker.urls) {
      const address = new URL(url).host
      reporter.report({ event: 'listening', address, url })
    }
    collectGarbage()
    await serve(tracker, reporter, interrupt.signal)
  } finally {
    await tracker.close()
  }
}

function pathOf(catalogue: string | undefined): string {
  return catalogue === undefined ? ':memory:' : resolve(catalogue)
}

async function tokenIn(path: string, reporter: Reporter): Promise<string> {
  const { openManageToken } = await import('../../tracker/manage-token.ts')
  const { token, isNew } = await openManageToken(path)
  if (isNew) reporter.report({ event: 'note', message: `A new token to manage this tracker is in ${path}` })
  return token
}

function accessOf({ allow, deny, passkeys, maxCalls }: Partial<TrackerOptions>): AccessOptions {
  return {
    ...(allow !== undefined && { allowed: resolve(allow) }),
    ...(deny !== undefined && { denied: resolve(deny) }),
    ...(passkeys !== undefined && { passkeys: resolve(passkeys) }),
    ...(maxCalls !== undefined && { callsPerMinute: maxCalls }),
  }
}

/** Tells what is going on whenever it changes, until the signal. */
async function serve(tracker: TrackerServer, reporter: Reporter, signal: AbortSignal): Promise<void> {
  let told = ''
  try {
    for (;;) {
      const { torrents, peers, announces } = await tracker.stats()
      const event = { event: 'serving', torrents, peers, announces } as const
      if (told !== JSON.stringify(event)) reporter.report(event)
      told = JSON.stringify(event)
      await setTimeout(STATS_MS, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error // else it is the end of waiting
  }
}
