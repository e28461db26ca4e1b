// Patterns with which people choose files. As in .gitignore, a pattern without a slash means names at any depth, and a
// folder that matches stands for all in it. Brackets and braces are letters: names like `[2024] a.mkv` are common.

/** A test for paths with `/` between elements. `*` and `?` stay within a name, `**` does not. */
export function compileGlob(pattern: string): (path: string) => boolean {
  const trimmed = pattern.replace(/^(\.?\/)+/, '').replace(/\/+$/, '')
  const isAnchored = trimmed.includes('/') || /^\.?\//.test(pattern)
  const body = trimmed.replace(/\*\*\/|\*+|\?|[\\^$.|+()[\]{}]/g, (token) => {
    if (token === '**/') return '(?:.*/)?'
    if (token === '**') return '.*'
    if (token.startsWith('*')) return '[^/]*'
    return token === '?' ? '[^/]' : `\\${token}`
  })
  const regExp = new RegExp(`${isAnchored ? '^' : '(?:^|/)'}${body}(?:/|$)`, 'su')
  return (path) => regExp.test(path)
}
