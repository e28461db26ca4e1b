// A row of tabs; what they show is the caller's, in an element with the id `${id}-panel`.
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'

interface TabsProps<Key extends string> {
  readonly id: string
  readonly label: string
  readonly tabs: readonly { readonly key: Key; readonly label: string }[]
  readonly chosen: Key
  readonly onChoose: (key: Key) => void
}

export function Tabs<Key extends string>({ id, label, tabs, chosen, onChoose }: TabsProps<Key>): JSX.Element {
  useEffect(() => {
    // Not all fit on a phone.
    document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [id, chosen])
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = tabs.at((tabs.findIndex(({ key }) => key === chosen) + step) % tabs.length)
    if (next === undefined) return
    onChoose(next.key)
    document.getElementById(`${id}-${next.key}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
      {tabs.map(({ key, label: text }) => (
        <button
          key={key}
          id={`${id}-${key}`}
          type="button"
          role="tab"
          aria-selected={key === chosen}
          aria-controls={`${id}-panel`}
          tabIndex={key === chosen ? 0 : -1}
          onClick={() => onChoose(key)}
        >
          {text}
        </button>
      ))}
    </div>
  )
}
