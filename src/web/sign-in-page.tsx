// For who is not signed in: the command that opens the page, or the password.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from './parts/button.tsx'
import { Field, Notice } from './parts/small.tsx'
import { tellError } from './parts/toast.tsx'
import { signIn, signInProblem } from './state/sign-in.ts'
import { words } from './words/words.ts'

export function SignInPage(): JSX.Element {
  const [password, setPassword] = useState('')
  const [isWrong, setIsWrong] = useState(false)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    try {
      setIsWrong(!(await signIn({ password })))
    } catch (error) {
      tellError(error)
    }
  }
  const text = words.signIn
  return (
    <main class="sign-in">
      <form class="card stack" onSubmit={(event) => void submit(event)}>
        <img src="/assets/icon.svg" alt="" width="48" height="48" />
        <h1>{text.title}</h1>
        {signInProblem.value !== '' && <Notice kind="warn">{signInProblem.value}</Notice>}
        <p>{text.how}</p>
        <pre class="command">shoal web</pre>
        <Field label={text.password} help={text.passwordHelp} wrong={isWrong ? text.wrong : undefined}>
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="password"
              autocomplete="current-password"
              aria-invalid={isWrong}
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
        <Button kind="primary" isSubmit isDisabled={password === ''}>
          {text.button}
        </Button>
      </form>
    </main>
  )
}
