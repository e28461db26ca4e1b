// The load of bench/tracker.ts, in a process of its own: so many announces under way at any time, the next one as soon as one
// is answered. Every answer is looked through: its transaction, its length, its counts, and that every peer in it is one of ours.
import { loadLibc } from '../src/io/libc.ts'
import { loadHttpKept, loadHttpOnce } from './tracker-load-http.ts'
import { Asker, type LoadJob, type LoadResult } from './tracker-load-job.ts'
import { loadUdp } from './tracker-load-udp.ts'
import { loadWebSocket } from './tracker-load-websocket.ts'

const LOADS: Readonly<Record<LoadJob['kind'], (asker: Asker) => LoadResult | Promise<LoadResult>>> = {
  udp: loadUdp,
  http: loadHttpKept,
  'http-once': loadHttpOnce,
  websocket: loadWebSocket,
}

async function load(job: LoadJob): Promise<LoadResult> {
  if (!(await loadLibc())) throw new Error('this load needs koffi')
  return LOADS[job.kind](new Asker(job))
}

process.on('message', (job: LoadJob) => {
  load(job).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : 'failed' }),
  )
})
