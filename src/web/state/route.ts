// Where in the page the reader is: behind the #, so that the way back works. `#torrents`, `#torrents/<hash>/<tab>`, `#people`,
// `#people/<contact>`, `#settings/<section>`, `#log`.
import { computed, signal } from '@preact/signals'

const hash = signal(location.hash)
addEventListener('hashchange', () => {
  hash.value = location.hash
})

/** The parts between the slashes. */
export const route = computed(() => {
  const parts = hash.value.replace(/^#/, '').split('/').map(decode)
  return parts[0] === '' ? ['torrents'] : parts
})

export function go(...parts: readonly string[]): void {
  location.hash = hrefTo(...parts)
}

/** The same step of the way back; without parts where everybody begins. */
export function replace(...parts: readonly string[]): void {
  history.replaceState(null, '', parts.length === 0 ? '/' : hrefTo(...parts))
  hash.value = location.hash
}

export function hrefTo(...parts: readonly string[]): string {
  return `#${parts.map(encodeURIComponent).join('/')}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
