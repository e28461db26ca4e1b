// Colours of the style sheet for what is drawn on a canvas, and when they change.
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { theme } from '../state/preferences.ts'

const DARK = matchMedia('(prefers-color-scheme: dark)')

/** As the browser has resolved them there: a property itself still says `light-dark(…)`. */
export function coloursAt(element: Element, names: readonly string[]): string[] {
  const probe = document.createElement('span')
  probe.hidden = true
  element.append(probe)
  const colours = names.map((name) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  })
  probe.remove()
  return colours
}

/** Another value each time that the page has changed its colours. */
export function useColours(): ReadonlySignal<string> {
  const now = useSignal(`${theme.value} ${DARK.matches}`)
  useEffect(() => {
    const look = (): void => {
      now.value = `${theme.value} ${DARK.matches}`
    }
    const stop = theme.subscribe(look)
    DARK.addEventListener('change', look)
    return () => {
      stop()
      DARK.removeEventListener('change', look)
    }
  }, [])
  return now
}
