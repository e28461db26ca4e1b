// A button that becomes a field for the name of a new folder.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Button, IconButton } from '../parts/button.tsx'
import { sentenceOf } from '../state/api.ts'
import { words } from '../words/words.ts'

const text = words.share.browser

export function NewFolder({ onMake }: { readonly onMake: (name: string) => Promise<void> }): JSX.Element {
  const [name, setName] = useState<string>()
  const [problem, setProblem] = useState('')
  if (name === undefined) {
    return (
      <Button icon="add" kind="bare" onPress={() => setName('')}>
        {text.newFolder}
      </Button>
    )
  }
  const close = (): void => {
    setName(undefined)
    setProblem('')
  }
  const make = async (): Promise<void> => {
    if (name.trim() === '') return
    try {
      await onMake(name.trim())
      close()
    } catch (error) {
      setProblem(sentenceOf(error))
    }
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return
    // Neither for the form around it, nor for the dialog.
    event.preventDefault()
    event.stopPropagation()
    if (event.key === 'Enter') void make()
    else close()
  }
  return (
    <div class="new-folder">
      <input
        ref={(element) => element?.focus()}
        class="input"
        aria-label={text.newName}
        placeholder={text.newName}
        aria-invalid={problem !== ''}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <Button isDisabled={name.trim() === ''} onPress={() => void make()}>
        {text.make}
      </Button>
      <IconButton icon="close" label={words.cancel} onPress={close} />
      <span class="problem small" role="alert">
        {problem}
      </span>
    </div>
  )
}
