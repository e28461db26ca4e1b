// Which process is which, so that what a dead one held can be taken over: a process id alone is given again to others.
import { readFileSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** Of this start of the machine: proc_sys_kernel(5), random/boot_id; `undefined` where that does not exist. */
  readonly bootId: string | undefined
  /** When it started, in clock ticks since boot: proc_pid_stat(5), field 22; `undefined` where that does not exist. */
  readonly startedAt: string | undefined
}

export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    bootId: read('/proc/sys/kernel/random/boot_id'),
    startedAt: statOf(process.pid)?.startedAt,
  }
}

export function isRunning({ pid, bootId, startedAt }: ProcessIdentity): boolean {
  if (pid <= 0) return false // to signal them is to signal a group
  const here = thisProcess()
  if (bootId !== here.bootId) return false
  if (startedAt === undefined || here.startedAt === undefined) return hasProcess(pid)
  const stat = statOf(pid)
  // A killed process whose parent does not ask for its end stays as a zombie (Z), perhaps for ever.
  return stat !== undefined && stat.startedAt === startedAt && !'ZXx'.includes(stat.state)
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, but another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function statOf(pid: number): { readonly state: string; readonly startedAt: string } | undefined {
  // `pid (name) state ppid ...`; the name may hold spaces and parentheses.
  const fields = read(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ')
  const [state, startedAt] = [fields?.[0], fields?.[19]]
  return state === undefined || startedAt === undefined ? undefined : { state, startedAt }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined // no such process, or no such system
  }
}
