// Text to the clipboard, also where the browser has none for pages: those that came over plain HTTP from another machine.
import { words } from '../words/words.ts'
import { tell } from './toast.tsx'

/** `done`: what is told then. */
export async function copyText(what: string, done: string = words.copied): Promise<void> {
  // Absent there, whatever the types say.
  const { clipboard } = navigator as { readonly clipboard?: Clipboard }
  if (clipboard !== undefined) await clipboard.writeText(what)
  else copySelected(what)
  tell(done)
}

function copySelected(what: string): void {
  const before = document.activeElement
  // Outside of an open dialog nothing can be selected.
  const place = before?.closest('dialog') ?? document.body
  const area = document.createElement('textarea')
  area.value = what
  area.style.position = 'fixed'
  area.style.opacity = '0'
  place.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (before instanceof HTMLElement) before.focus()
  if (!isCopied) throw new Error(words.notCopied)
}
