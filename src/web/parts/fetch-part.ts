// Parts of the program that are fetched when they are first wanted, and what is said when one does not come.
import { request } from '../state/api.ts'
import { words } from '../words/words.ts'
import { tellError, tellProblem } from './toast.tsx'

/**
 * `load`: one `import()`. `undefined`: it did not come, and the reader was told why. Asking again tries again; Chromium, which
 * remembers that it failed, has to load the page anew.
 */
export async function fetchPart<Part>(load: () => Promise<Part>): Promise<Part | undefined> {
  try {
    return await load()
  } catch {
    await tellWhy()
    return undefined
  }
}

let wasUnreachable = false

/** Browsers do not say. Where Shoal answers, an update has taken away the files of the page that is open. */
async function tellWhy(): Promise<void> {
  try {
    await request('GET', '/page/me')
  } catch (error) {
    wasUnreachable = true
    tellError(error)
    return
  }
  tellProblem(wasUnreachable ? words.partMissing : words.newVersion, {
    label: words.reload,
    onPress: () => location.reload(),
  })
}
