// What a process used, from Linux's /proc: CPU time and memory of all its threads.
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ: the unit of times in /proc on every Linux that Node runs on. */
const TICKS_PER_SEC = 100

/** User and system time since the process began. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; utime and stime are fields 14 and 15, counted from 1.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SEC
}

/** Time on a processor since each of the living threads began: exact, where `cpuSeconds` counts whole ticks of the clock. */
export function runSeconds(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  }
  return nanoseconds / 1e9
}

/** `VmHWM`: highest resident size so far, mapped files included. `RssAnon`: what only this process has, now. */
export function memoryMiB(pid: number, line: 'VmHWM' | 'RssAnon'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024
}

/** All that is resident now, program text and shared memory included. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
}

/** Peak of `RssAnon` of several processes, sampled ten times a second until disposed. */
export function watchAnonMiB(pids: readonly number[]): { readonly peaks: readonly number[] } & Disposable {
  const peaks = pids.map((pid) => memoryMiB(pid, 'RssAnon'))
  const timer = setInterval(() => {
    pids.forEach((pid, i) => (peaks[i] = Math.max(peaks[i] ?? 0, memoryMiB(pid, 'RssAnon'))))
  }, 100)
  return { peaks, [Symbol.dispose]: () => clearInterval(timer) }
}
