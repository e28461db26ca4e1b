// Paths of the machine where Shoal runs, which may be of any system: where one stands below the folders that may be seen.

export interface Crumb {
  readonly name: string
  readonly path: string
}

/** `C:\…` or `\\server\…`. */
const WINDOWS = /^(?:[a-z]:|\\\\)/i

export function separatorOf(path: string): '/' | '\\' {
  return WINDOWS.test(path) ? '\\' : '/'
}

/** The last part; the whole of a path that has only one. */
export function nameOf(path: string): string {
  const parts = path.split(separatorOf(path)).filter((part) => part !== '')
  return parts.at(-1) ?? path
}

export function joined(folder: string, name: string): string {
  const separator = separatorOf(folder)
  return folder.endsWith(separator) ? folder + name : folder + separator + name
}

/** From the outermost of `roots` that the path is in, down to it; nothing if it is in none. */
export function crumbsOf(path: string, roots: readonly string[]): readonly Crumb[] {
  const separator = separatorOf(path)
  const ended = (folder: string): string => (folder.endsWith(separator) ? folder : folder + separator)
  const [root] = roots
    .filter((one) => path === one || path.startsWith(ended(one)))
    .toSorted((a, b) => a.length - b.length)
  if (root === undefined) return []
  const crumbs: Crumb[] = [{ name: nameOf(root), path: root }]
  let at = root
  for (const name of path.slice(root.length).split(separator)) {
    if (name === '') continue
    at = joined(at, name)
    crumbs.push({ name, path: at })
  }
  return crumbs
}
