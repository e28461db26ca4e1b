// What a tracker is told at its start, and whether that makes sense.
import dns from 'node:dns/promises'
import net from 'node:net'
import { AppError } from '../core/errors.ts'
import type { AccessOptions } from './access.ts'
import type { HttpFrontLimits } from './http-front.ts'
import { DEFAULT_RULES } from './logic.ts'
import { checkManageToken } from './manage-token.ts'
import type { MemoryStoreLimits } from './memory-store.ts'
import { ALL_HOSTS } from './ports.ts'
import type { SwarmStore } from './store.ts'
import type { MessageLimits } from './ws-client.ts'

const MAX_WORKERS = 64

export interface TrackerOptions {
  /** 0: one that is free. */
  readonly port: number
  /** An address or a name of this machine; absent or `::`: all of them. */
  readonly host?: string
  /** How often peers announce; 900 by default. */
  readonly intervalSec?: number
  /** Look every so often whether peers still answer; absent: never. */
  readonly probeMs?: number
  /** Bounds of the memory store. */
  readonly storeLimits?: Partial<MemoryStoreLimits>
  readonly httpLimits?: Partial<HttpFrontLimits>
  /** A file that keeps the swarms of a memory store over restarts. */
  readonly statePath?: string
  /** Who may use it, and for what; by default everybody, for everything. */
  readonly access?: AccessOptions
  /** Instead of memory. It is closed with the tracker. */
  readonly store?: SwarmStore
  /** Swarms in Redis or Valkey, which other trackers may share, instead of memory. */
  readonly redisUrl?: string
  /** Threads that answer announces; 1 by default. */
  readonly workers?: number
  /** Of torrents that people publish: a file, or `:memory:`; absent: there is none. */
  readonly catalogue?: { readonly path: string; readonly publish: 'everybody' | 'nobody' }
  /** Whoever has it can manage the tracker over HTTP, see management.ts; absent: nobody. */
  readonly manageToken?: string
  /** Of a WebSocket. */
  readonly messageLimits?: MessageLimits
  /** Only with what Node offers, also where koffi is installed: slower, and everywhere the same. */
  readonly isPortable?: boolean
}

/** Throws AppError `usage`. */
export function checkOptions(options: TrackerOptions): void {
  const { port, intervalSec = DEFAULT_RULES.intervalSec, probeMs, workers = 1 } = options
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw usage('a port from 0 to 65535', port)
  if (!Number.isInteger(intervalSec) || intervalSec < 1 || intervalSec > 86_400) {
    throw usage('an interval of 1 to 86400 whole seconds', intervalSec)
  }
  if (probeMs !== undefined && !(probeMs >= 1 && probeMs <= 86_400_000)) {
    throw usage('a probe interval of 1 ms to a day', probeMs)
  }
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) {
    throw usage(`1 to ${MAX_WORKERS} workers`, workers)
  }
  if (options.manageToken !== undefined) checkManageToken(options.manageToken)
  if (workers > 1 && options.store !== undefined)
    throw new AppError('usage', 'workers cannot share a store of your own')
  if (options.redisUrl !== undefined && options.statePath !== undefined) {
    throw new AppError('usage', 'swarms in Redis are not kept in a file; leave one of both out')
  }
}

function usage(expected: string, got: number): AppError {
  return new AppError('usage', `expected ${expected}, got ${got}`)
}

/** Addresses to listen on. Throws AppError `not-found`. */
export async function hostsOf(host: string | undefined): Promise<readonly string[]> {
  if (host === undefined || host === '' || host === '::') return ALL_HOSTS
  if (net.isIP(host) !== 0) return [host]
  try {
    const found = await dns.lookup(host, { all: true })
    const ips = new Set(found.map(({ address }) => address))
    return [...ips].sort((a, b) => net.isIP(a) - net.isIP(b))
  } catch (cause) {
    throw new AppError('not-found', `the name ${host} is not known; use an address of this machine`, { cause })
  }
}
