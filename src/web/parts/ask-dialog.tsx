// A question with one button for yes, which does it: busy meanwhile, and open as before if it fails.
import { sentenceOf } from '../state/api.ts'
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { words } from '../words/words.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Problem } from './small.tsx'

export interface AskDialogProps {
  readonly title: string
  readonly button: string
  readonly isDanger?: boolean
  readonly isDisabled?: boolean
  readonly children: ComponentChildren
  readonly act: () => Promise<unknown>
  readonly onClose: () => void
}

export function AskDialog(props: AskDialogProps): JSX.Element {
  const { title, button, isDanger = false, isDisabled = false, children, act, onClose } = props
  const [isBusy, setIsBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const submit = async (): Promise<void> => {
    setIsBusy(true)
    setProblem('')
    try {
      await act()
      onClose()
    } catch (error) {
      setProblem(sentenceOf(error))
      setIsBusy(false)
    }
  }
  const footer = (
    <>
      <Button onPress={onClose}>{words.cancel}</Button>
      <Button kind={isDanger ? 'danger primary' : 'primary'} isSubmit isDisabled={isBusy || isDisabled}>
        {button}
      </Button>
    </>
  )
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => void submit()} footer={footer}>
      <Problem text={problem} />
      {children}
    </Dialog>
  )
}
