// The page of a link, as a phone shows it: plain HTML without a script. Names are a sender's, and are escaped by `html`.
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { printSize } from '../core/sizes.ts'
import { printable } from '../core/printable.ts'
import type { FileToSend } from './files-to-send.ts'

type Html = ReturnType<typeof html>

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --quiet: #777; --accent: #0a6c74; }
@media (prefers-color-scheme: dark) { :root { --quiet: #999; --accent: #4fc3cf; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.3rem; margin: 0; overflow-wrap: anywhere; }
p { color: var(--quiet); margin: 0 0 1.5rem; }
ul { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
li a { display: flex; gap: 1rem; align-items: baseline; padding: .8rem .2rem; border-bottom: 1px solid var(--line);
  color: inherit; text-decoration: none; }
li a:hover, li a:focus-visible { color: var(--accent); }
li span { flex: 1; overflow-wrap: anywhere; }
li small { color: var(--quiet); white-space: nowrap; }
input, button { font: inherit; padding: .6rem .8rem; border: 1px solid var(--line); border-radius: .4rem; }
button { background: var(--accent); color: Canvas; border-color: transparent; }
form { display: flex; gap: .6rem; flex-wrap: wrap; align-items: center; }
`
/** For the Content-Security-Policy: this style and no other. */
export const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`

function page(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${printable(title)}</title>
<style>${raw(STYLE)}</style>
</head>
<body>${body}</body>
</html>`
}

export function filesPage(
  alias: string,
  files: ReadonlyMap<string, FileToSend>,
  totalBytes: number,
  sessionId: string,
): Html {
  const rows = [...files].map(([id, { name, size }]) => {
    const href = `/api/localsend/v2/download?${new URLSearchParams({ sessionId, fileId: id }).toString()}`
    return html`<li><a href="${href}" download><span>${printable(name)}</span><small>${printSize(size)}</small></a></li>`
  })
  const what = files.size === 1 ? 'a file' : `${files.size} files`
  const body = html`<h1>${printable(alias)} shares ${what}</h1>
<p>${printSize(totalBytes)}. Choose one to save it.</p>
<ul>${rows}</ul>`
  return page(`From ${alias}`, body)
}

/** `problem`: what was wrong before. */
export function pinPage(alias: string, problem: string): Html {
  const body = html`<h1>${printable(alias)} shares files</h1>
<p role="status">${problem === '' ? 'Who shares them knows the PIN.' : problem}</p>
<form method="post" action="/">
<label for="pin">PIN</label> <input id="pin" name="pin" inputmode="numeric" autocomplete="off" required autofocus>
<button>Show the files</button>
</form>`
  return page(`From ${alias}`, body)
}

export function gonePage(alias: string): Html {
  const body = html`<h1>Nothing is shared here now</h1>
<p>${printable(alias)} has closed the link, or has not opened one yet.</p>`
  return page('Nothing is shared', body)
}
