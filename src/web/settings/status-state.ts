// What of the status is not told as live changes: asked when it is first shown, and again when something goes on.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { DaemonStatus } from '../../daemon/rpc/types.ts'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { isConnected, log, session } from '../state/live.ts'

interface Total {
  readonly uploaded_bytes: number
  readonly downloaded_bytes: number
  readonly seconds_active: number
  readonly session_count: number
}

/** Of `session_stats`. */
export interface Stats {
  readonly current_stats: Total
  readonly cumulative_stats: Total
}

export interface KnownStatus {
  readonly status?: DaemonStatus
  readonly stats?: Stats
  readonly downloadDir?: string
  /** Seconds since 1970, by the clock of this device. */
  readonly startedAt?: number
}

/** While something goes on, the session changes each second. */
const LEAST_MS = 5_000

async function ask(): Promise<KnownStatus> {
  const [status, stats, { download_dir: downloadDir }] = await Promise.all([
    call<DaemonStatus>('shoal_status'),
    call<Stats>('session_stats'),
    call<{ readonly download_dir: string }>('session_get', { fields: ['download_dir'] }),
  ])
  return { status, stats, downloadDir, startedAt: Date.now() / 1000 - status.uptimeSec }
}

export function useStatus(): KnownStatus {
  const [known, setKnown] = useState<KnownStatus>({})
  const askedAt = useRef(Number.NEGATIVE_INFINITY)
  const isShown = useRef(true)
  const last = log.value.at(-1)?.id
  const { value: now } = session
  const { value: isThere } = isConnected
  useEffect(
    () => () => {
      isShown.current = false
    },
    [],
  )
  useEffect(() => {
    if (!isThere) return undefined
    const look = (): void => {
      askedAt.current = performance.now()
      ask().then((answer) => {
        if (isShown.current) setKnown(answer)
      }, tellError)
    }
    // The last of a row of changes is looked at too, if later.
    const timer = setTimeout(look, Math.max(0, askedAt.current + LEAST_MS - performance.now()))
    return () => clearTimeout(timer)
  }, [last, now, isThere])
  return known
}
