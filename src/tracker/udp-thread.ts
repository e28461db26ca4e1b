// A thread of its own for a tracker's datagrams, in batches (io/datagram-batch.ts). Its sockets are opened, and closed, by
// the thread that starts it; the swarms it shares with all others.
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { ConnectionIds } from '../core/tracker/connection-ids.ts'
import { DatagramBatch, loadBatches, waitForDatagrams } from '../io/datagram-batch.ts'
import { openParts, type ThreadData } from './thread-parts.ts'
import type { ThreadMessage } from './tracker-thread.ts'
import { UdpFront } from './udp-front.ts'

export interface UdpThreadData extends ThreadData {
  readonly sockets: readonly { readonly fd: number; readonly isIPv6: boolean }[]
}

/** Timers and messages have their turn so often; an idle thread wakes up for that. */
const WAIT_MS = 100
/** Batches in a row, some milliseconds, without timers and messages. */
const MAX_ROUNDS = 50

let isStopping = false

async function run(parent: NonNullable<typeof parentPort>, data: UdpThreadData): Promise<void> {
  if (!(await loadBatches())) throw new Error('koffi was there, and is gone')
  const { access, logic } = await openParts(data)
  const front = new UdpFront(logic, access, new ConnectionIds(data.secret))
  const batches = data.sockets.map(({ fd, isIPv6 }) => new DatagramBatch(fd, isIPv6))
  parent.on('message', (message: ThreadMessage) => {
    if (message === 'stop') isStopping = true
    else void access.reload().catch(() => {}) // who asked for it has read the same, and told what is wrong
  })
  parent.postMessage('ready')
  while (!isStopping) {
    serve(batches, front)
    await setImmediate()
  }
  access.close()
  for (const batch of batches) batch.close()
  parent.close()
}

/** Until nothing comes any more, or it is the turn of others. */
function serve(batches: readonly DatagramBatch[], front: UdpFront): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let came = 0
    for (const batch of batches) came += answerBatch(batch, front)
    if (came > 0) continue
    waitForDatagrams(batches, WAIT_MS)
    return
  }
}

/** How many came. */
function answerBatch(batch: DatagramBatch, front: UdpFront): number {
  const count = batch.receive()
  let start = 0
  for (let n = 0; n < count; n++) {
    const out = batch.answer(n)
    const length = batch.port(n) === 0 ? 0 : front.receive(batch.packet(n), batch.lengthOf(n), batch.ip(n), out, drop)
    if (length > 0) batch.setAnswer(n, length)
    else {
      // Those before it go out, and it is left out.
      if (n > start) batch.send(start, n)
      start = n + 1
    }
  }
  if (count > start) batch.send(start, count)
  return count
}

/** Answers that come later are those of stores that others keep, and none of them is served here. */
function drop(): void {}

if (parentPort !== null) {
  const data: UdpThreadData = workerData
  await run(parentPort, data)
}
