// Signing in and out: by the link of `shoal web`, whose code is behind the #, or with the password.
import { signal } from '@preact/signals'
import { words } from '../words/words.ts'
import { ApiError, isSignedIn, request } from './api.ts'
import { replace } from './route.ts'

/** What to say above the form, if anything. */
export const signInProblem = signal('')

export async function findOut(): Promise<void> {
  const code = /^#enter=([\w-]+)$/.exec(location.hash)?.[1]
  if (code !== undefined) {
    // Not to be left in the history.
    replace()
    if (await signIn({ code })) return
  }
  const { signedIn } = await request<{ signedIn: boolean }>('GET', '/page/me')
  if (code !== undefined && !signedIn) signInProblem.value = words.signIn.oldLink
  isSignedIn.value = signedIn
}

/** Was it right? Throws ApiError for anything else that is in the way. */
export async function signIn(secret: { readonly code: string } | { readonly password: string }): Promise<boolean> {
  try {
    await request('POST', '/page/sign-in', secret)
  } catch (error) {
    if (error instanceof ApiError && error.code === '401') return false
    throw error
  }
  signInProblem.value = ''
  isSignedIn.value = true
  return true
}

export async function signOut(): Promise<void> {
  await request('POST', '/page/sign-out')
  isSignedIn.value = false
}
