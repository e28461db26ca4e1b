// The beginning of a text, as it stands: nothing in it is obeyed.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { printSize } from '../format.ts'
import { Notice } from '../parts/small.tsx'
import { sentenceOf } from '../state/api.ts'
import { words } from '../words/words.ts'

const text = words.play
/** What can be read in one go; a log of gigabytes would fill the browser. */
const MAX_BYTES = 262_144

interface TextViewProps {
  readonly href: string
  readonly name: string
  /** `undefined`: not known yet. */
  readonly length: number | undefined
}

export function TextView({ href, name, length }: TextViewProps): JSX.Element {
  const [content, setContent] = useState<string>()
  const [problem, setProblem] = useState('')
  useEffect(() => {
    const ended = new AbortController()
    readBeginning(href, ended.signal).then(setContent, (error: unknown) => {
      if (!ended.signal.aborted) setProblem(sentenceOf(error))
    })
    return () => ended.abort()
  }, [href])
  if (problem !== '') return <Notice kind="warn">{problem}</Notice>
  if (content === undefined) {
    return (
      <p class="quiet small" role="status">
        {text.waiting}
      </p>
    )
  }
  return (
    <>
      <pre class="text-view" tabIndex={0} role="region" aria-label={text.textOf(name)}>
        {content}
      </pre>
      {length !== undefined && length > MAX_BYTES && <p class="quiet small">{text.cut(printSize(MAX_BYTES))}</p>}
    </>
  )
}

async function readBeginning(href: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(href, { headers: { Range: `bytes=0-${MAX_BYTES - 1}` }, signal })
  // 416: it is empty.
  if (response.status === 416) return ''
  if (!response.ok) throw new Error(await response.text())
  // What is no UTF-8 is shown as a replacement character.
  return new TextDecoder().decode(await response.arrayBuffer())
}
