// The time of day for "seen 3 minutes ago": told anew now and then, while somebody looks.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

const STEP_MS = 20_000

const read = (): number => Math.floor(Date.now() / 1000)
const now = signal(read())

/** Seconds since 1970, now; the caller is drawn anew when it is another. */
export function useNow(): number {
  useEffect(() => {
    now.value = read()
    const timer = setInterval(() => {
      now.value = read()
    }, STEP_MS)
    return () => clearInterval(timer)
  }, [])
  return now.value
}
