// What every thread of a tracker has: the same swarms, rules, lists and counters.
import { Access, type AccessOptions } from './access.ts'
import type { SharedCallCounts } from './call-limit.ts'
import { Counters } from './counters.ts'
import { keepSecOf, TrackerLogic, type TrackerRules } from './logic.ts'
import { MemoryStore, type SharedSwarms } from './memory-store.ts'
import type { SwarmStore } from './store.ts'
import { trackerSec, wallSec } from './tracker-clock.ts'
import type { WsRelay } from './ws-relay.ts'

/** Can be sent to another thread. */
export interface ThreadData {
  /** The swarms, or where they are. */
  readonly store: SharedSwarms | { readonly redisUrl: string }
  readonly counters: SharedArrayBuffer
  /** Its row of the counters; 0 is the first thread. */
  readonly thread: number
  /** Of the connection ids: 16 bytes. */
  readonly secret: Uint8Array
  readonly rules: TrackerRules
  readonly access: AccessOptions
  /** Absent: addresses may call as often as they like. */
  readonly calls: SharedCallCounts | undefined
}

export interface ThreadParts {
  readonly store: SwarmStore
  readonly counters: Counters
  readonly access: Access
  readonly logic: TrackerLogic
}

/** `store` instead of the one that `data` names. Throws AppError. */
export async function openParts(data: ThreadData, given?: SwarmStore): Promise<ThreadParts> {
  const counters = new Counters(data.counters, data.thread)
  const store = given ?? (await openStore(data))
  try {
    const access = await Access.open(data.access, counters, data.calls)
    const nowSec = store instanceof MemoryStore ? trackerSec : wallSec
    return { store, counters, access, logic: new TrackerLogic(store, data.rules, nowSec, counters) }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openStore({ store, rules }: ThreadData): Promise<SwarmStore> {
  if ('memory' in store) return new MemoryStore({}, store)
  const { RedisStore } = await import('./redis-store.ts')
  return RedisStore.connect(store.redisUrl, { keepSec: keepSecOf(rules.intervalSec) })
}

export async function openRedisRelay(url: string): Promise<WsRelay> {
  const { RedisRelay } = await import('./redis-relay.ts')
  return RedisRelay.connect(url)
}

/** With that error, whatever the process does about promises that nobody waits for. */
export function endThread(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
