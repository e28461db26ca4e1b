// The file itself: a film, a song, a picture, a text, or words on why not.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Empty, Notice } from '../parts/small.tsx'
import { words } from '../words/words.ts'
import { printable } from '../../core/printable.ts'
import { kindOf, typeOf } from './media-kind.ts'
import { TextView } from './text-view.tsx'

const text = words.play

interface PlayerProps {
  readonly href: string
  readonly path: string
  readonly length: number | undefined
}

export function Player({ href, path, length }: PlayerProps): JSX.Element {
  const name = printable(path.split('/').at(-1) ?? path)
  switch (kindOf(path)) {
    case 'video':
    case 'audio':
      return <Media href={href} path={path} name={name} />
    case 'picture':
      return <Picture href={href} name={name} />
    case 'text':
      return <TextView href={href} name={name} length={length} />
    case 'other':
      return <Empty icon="file" title={text.noView} />
  }
}

type MediaState = 'waiting' | 'ready' | 'broken' | 'unplayable'

interface MediaProps {
  readonly href: string
  readonly path: string
  readonly name: string
}

function Media({ href, path, name }: MediaProps): JSX.Element {
  const element = useRef<HTMLMediaElement>(null)
  const hold = (media: HTMLMediaElement | null): void => {
    element.current = media
  }
  const [state, setState] = useState<MediaState>('waiting')
  const [mayFail, setMayFail] = useState(false)
  useEffect(() => {
    const media = element.current
    if (media === null) return undefined
    setMayFail(media.canPlayType(typeOf(path)) === '')
    media.focus()
    return () => {
      // An element that is gone goes on fetching else.
      media.removeAttribute('src')
      media.load()
    }
  }, [])
  const onError = (): void => {
    const code = element.current?.error?.code
    setState(code === MediaError.MEDIA_ERR_NETWORK ? 'broken' : 'unplayable')
  }
  const again = (): void => {
    const media = element.current
    if (media === null) return
    const at = media.currentTime
    setState('waiting')
    media.load()
    media.currentTime = at
  }
  const attributes = {
    src: href,
    class: state === 'unplayable' ? 'hidden' : '',
    controls: true,
    autoplay: true,
    'aria-label': name,
    onWaiting: () => setState('waiting'),
    onPlaying: () => setState('ready'),
    onCanPlay: () => setState('ready'),
    onError,
  }
  return (
    <>
      {kindOf(path) === 'video' ? (
        <video ref={hold} playsInline {...attributes} />
      ) : (
        <audio ref={hold} {...attributes} />
      )}
      <div class="player-state" role="status">
        {state === 'waiting' && <p class="quiet small">{text.waiting}</p>}
        {state === 'waiting' && mayFail && <Notice kind="plain">{text.mayFail}</Notice>}
        {state === 'broken' && <Failed why={text.brokeOff} onAgain={again} />}
        {state === 'unplayable' && <Failed why={text.failed} onAgain={again} />}
      </div>
    </>
  )
}

function Picture({ href, name }: { readonly href: string; readonly name: string }): JSX.Element {
  const [state, setState] = useState<MediaState>('waiting')
  const [attempt, setAttempt] = useState(1)
  const again = (): void => {
    setState('waiting')
    setAttempt(attempt + 1)
  }
  return (
    <>
      <img
        key={attempt}
        src={href}
        alt={name}
        class={state === 'unplayable' ? 'hidden' : ''}
        onLoad={() => setState('ready')}
        onError={() => setState('unplayable')}
      />
      <div class="player-state" role="status">
        {state === 'waiting' && <p class="quiet small">{text.waiting}</p>}
        {state === 'unplayable' && <Failed why={text.notDrawn} onAgain={again} />}
      </div>
    </>
  )
}

function Failed({ why, onAgain }: { readonly why: string; readonly onAgain: () => void }): JSX.Element {
  return (
    <Notice kind="warn">
      <span class="line">
        <span class="grow">{why}</span>
        <Button onPress={onAgain}>{text.again}</Button>
      </span>
    </Notice>
  )
}
