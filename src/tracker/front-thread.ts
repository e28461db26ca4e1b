// One more thread that listens as the first one does; the system deals connections and datagrams out among them.
import { parentPort, workerData } from 'node:worker_threads'
import { collectGarbage } from '../io/collect-garbage.ts'
import { type FrontOptions, Fronts } from './fronts.ts'
import { endThread, openParts, openRedisRelay, type ThreadData } from './thread-parts.ts'
import type { ThreadMessage } from './tracker-thread.ts'
import { ThreadRelay } from './ws-relay.ts'

export interface FrontThreadData extends ThreadData, FrontOptions {
  readonly port: number
  readonly hosts: readonly string[]
  readonly relayName: string
}

async function run(parent: NonNullable<typeof parentPort>, data: FrontThreadData): Promise<void> {
  const parts = await openParts(data)
  const isInRedis = 'redisUrl' in data.store
  const relay = isInRedis ? await openRedisRelay(data.store.redisUrl) : new ThreadRelay(data.relayName)
  const reload = async (): Promise<void> => {
    try {
      await parts.access.reload()
    } finally {
      parent.postMessage('reload') // the first thread tells all others
    }
  }
  const fronts = await Fronts.open(data.port, data.hosts, parts, data, { relay, reload })
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  parent.on('message', (message: ThreadMessage) => {
    if (message === 'stop') stop()
    else void parts.access.reload().catch(() => {}) // who asked for it has read the same, and told what is wrong
  })
  collectGarbage()
  parent.postMessage('ready')
  await stopped
  parts.access.close()
  await fronts.close()
  await parts.store.close()
  parent.close()
}

if (parentPort !== null) {
  const data: FrontThreadData = workerData
  run(parentPort, data).catch(endThread)
}
