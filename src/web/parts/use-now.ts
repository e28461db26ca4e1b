// The time of day, for "asked again in 9 s" and "seen 3 minutes ago": told anew now and then, while somebody looks.
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** Seconds since 1970. Who reads it is drawn anew with it. */
export function useNow(everySec = 1): ReadonlySignal<number> {
  const now = useSignal(Date.now() / 1000)
  useEffect(() => {
    const read = (): void => {
      if (!document.hidden) now.value = Date.now() / 1000
    }
    const timer = setInterval(read, everySec * 1000)
    document.addEventListener('visibilitychange', read)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', read)
    }
  }, [])
  return now
}
