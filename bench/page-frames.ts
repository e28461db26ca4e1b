// What the benchmarks of the page have in common: scrolling by a script, and the frames that came of it.
import type { CDPSession, Page } from 'playwright-core'
import { median } from './median.ts'

/** Of a frame; a longer one is seen as a jerk. */
const LONG_FRAME_MS = 50
const PIXELS_PER_FRAME = 250

/** In the page, where there are no types of ours. */
const SCROLL = `(selector, ms, step) => new Promise((resolve) => {
  const list = document.querySelector(selector)
  const frames = []
  const tasks = []
  new PerformanceObserver((found) => { for (const { duration } of found.getEntries()) tasks.push(duration) })
    .observe({ type: 'longtask' })
  const begunAt = performance.now()
  let lastAt = begunAt
  let by = step
  const frame = () => {
    const now = performance.now()
    frames.push(now - lastAt)
    lastAt = now
    if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) by = -step
    if (list.scrollTop <= 0) by = step
    list.scrollTop += by
    if (now - begunAt < ms) requestAnimationFrame(frame)
    else resolve({ frames, tasks })
  }
  requestAnimationFrame(frame)
})`

/** Milliseconds: of each frame, and of each task that blocked the page for more than 50. */
export interface Frames {
  readonly frames: readonly number[]
  readonly tasks: readonly number[]
}

/** Up and down the element that `selector` finds. */
export async function scroll(page: Page, selector: string, seconds: number): Promise<Frames> {
  const args = [selector, seconds * 1000, PIXELS_PER_FRAME].map((one) => JSON.stringify(one))
  return (await page.evaluate(`(${SCROLL})(${args.join()})`)) as Frames
}

export function printFrames(what: string, { frames, tasks }: Frames): void {
  const sorted = frames.toSorted((a, b) => b - a)
  const [longest = 0] = sorted
  const slow = sorted.filter((ms) => ms > LONG_FRAME_MS).length
  const rare = sorted[Math.floor(sorted.length / 100)] ?? 0
  console.log(
    `${what}: ${frames.length} frames, median ${median(frames).toFixed(1)} ms, 1 of 100 above ${rare.toFixed(1)}, ` +
      `longest ${longest.toFixed(1)}, ${slow} above ${LONG_FRAME_MS}; ${tasks.length} tasks above 50`,
  )
}

/** What is left when all that is not needed is thrown away. */
export async function memoryOf(devtools: CDPSession): Promise<string> {
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  const { nodes } = await devtools.send('Memory.getDOMCounters')
  return `${(usedSize / 1e6).toFixed(1)} MB of JavaScript, ${nodes} nodes`
}
