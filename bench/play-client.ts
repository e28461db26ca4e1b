// Plays as a player does, on the host of the daemon: from the beginning, and then, on a connection of its own, from near
// the end. Prints JSON: ms to the first byte and to half a megabyte of each.
//   node bench/play-client.ts <url> <bytes of the file> <ms before the seek>
import { setTimeout } from 'node:timers/promises'

const ENOUGH_BYTES = 512 * 1024
const [, , url = '', size = '0', waitMs = '0'] = process.argv

interface Begun {
  readonly firstMs: number
  readonly enoughMs: number
}

async function play(range: string): Promise<Begun> {
  const beganAt = performance.now()
  const response = await fetch(url, { headers: { Range: range } })
  let [firstMs, bytes] = [0, 0]
  for await (const chunk of response.body ?? []) {
    if (bytes === 0) firstMs = performance.now() - beganAt
    bytes += chunk.length
    if (bytes >= ENOUGH_BYTES) break
  }
  return { firstMs, enoughMs: performance.now() - beganAt }
}

const start = await play('bytes=0-')
await setTimeout(Number(waitMs))
const seek = await play(`bytes=${Number(size) - 4 * ENOUGH_BYTES}-`)
console.log(JSON.stringify({ start, seek }))
