// Is there room for tables, or are rows of two lines and more? For lists whose rows have one height, which they must know.
import { useEffect, useState } from 'preact/hooks'

/** As the style sheets have it: a phone ends at 640. */
const WIDE = matchMedia('(min-width: 641px)')

export function useWide(): boolean {
  const [isWide, setIsWide] = useState(WIDE.matches)
  useEffect(() => {
    const look = (): void => setIsWide(WIDE.matches)
    WIDE.addEventListener('change', look)
    return () => WIDE.removeEventListener('change', look)
  }, [])
  return isWide
}
