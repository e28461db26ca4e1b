// What this browser remembers: colours, the order of lists. Nothing secret.
import { effect, type Signal, signal } from '@preact/signals'

/** A signal that is kept in the browser. `isGood`: what was kept may be of another version, or anybody's. */
export function kept<Value>(name: string, usual: Value, isGood: (value: unknown) => value is Value): Signal<Value> {
  const value = signal(read(name, usual, isGood))
  effect(() => {
    try {
      localStorage.setItem(`shoal-${name}`, JSON.stringify(value.value))
    } catch {
      // A browser that keeps nothing: the usual holds again next time.
    }
  })
  return value
}

function read<Value>(name: string, usual: Value, isGood: (value: unknown) => value is Value): Value {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(`shoal-${name}`) ?? '')
    return isGood(found) ? found : usual
  } catch {
    return usual
  }
}

export const oneOf =
  <Word extends string>(...all: readonly Word[]) =>
  (value: unknown): value is Word =>
    all.includes(value as Word)

export type Theme = 'auto' | 'light' | 'dark'

export const theme = kept<Theme>('theme', 'auto', oneOf('auto', 'light', 'dark'))

effect(() => {
  const root = document.documentElement
  if (theme.value === 'auto') delete root.dataset['theme']
  else root.dataset['theme'] = theme.value
})
