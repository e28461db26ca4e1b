// Where the page begins.
import { render } from 'preact'
import { App } from './app.tsx'
import { findOut } from './state/sign-in.ts'
import { tellError } from './parts/toast.tsx'

const root = document.getElementById('page')
if (root !== null) render(<App />, root)
findOut().catch(tellError)
