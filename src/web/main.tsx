// Where the page begins.
import { render } from 'preact'
import { App } from './app.tsx'
import { findOut } from './state/sign-in.ts'
import { tellError } from './parts/toast.tsx'

const root = document.getElementById('page')
if (root !== null) render(<App />, root)
findOut().catch(tellError)
addEventListener('hashchange', () => {
  // A link of `shoal web` that is pasted into the tab of the page loads nothing: only what is behind the # changes.
  if (location.hash.startsWith('#enter=')) findOut().catch(tellError)
})
