// The time of day, once a second, for countdowns: one timer for all that a part of the page shows.
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

const EVERY_MS = 1_000

/** Seconds since 1970. */
export function useNow(): ReadonlySignal<number> {
  const now = useSignal(Date.now() / 1000)
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) now.value = Date.now() / 1000
    }, EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}
