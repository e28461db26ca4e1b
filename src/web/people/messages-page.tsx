// All messages, whoever sent them, and one to all contacts at once.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { AskDialog } from '../parts/ask-dialog.tsx'
import { Button } from '../parts/button.tsx'
import { call } from '../state/api.ts'
import { messages } from '../state/live.ts'
import { words } from '../words/words.ts'
import { Talk } from './talk.tsx'
import { said } from './talking.ts'

const text = words.folk

export function MessagesPage(): JSX.Element {
  const [isAsking, setIsAsking] = useState(false)
  const clear = async (): Promise<void> => {
    await call('shoal_inbox', { clear: true })
    said.value = []
  }
  const isEmpty = messages.value.length === 0 && said.value.length === 0
  return (
    <>
      <header class="person-head">
        <h2 id="people-title" class="grow" tabIndex={-1}>
          {text.messages}
        </h2>
        <Button icon="trash" onPress={() => setIsAsking(true)} isDisabled={isEmpty}>
          {text.clear}
        </Button>
      </header>
      <section class="card stack tall-talk" aria-label={text.messages}>
        <Talk />
      </section>
      {isAsking && (
        <AskDialog title={text.clearTitle} button={text.clear} isDanger act={clear} onClose={() => setIsAsking(false)}>
          <p class="quiet">{text.clearHow}</p>
        </AskDialog>
      )}
    </>
  )
}
