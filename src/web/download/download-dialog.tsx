// From a link, a .torrent or a search result to a download: what is it, which of its files, where to.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Name } from '../parts/small.tsx'
import { call, sentenceOf } from '../state/api.ts'
import { closeDialog, type OpenDialog } from '../state/dialogs.ts'
import { go } from '../state/route.ts'
import { words } from '../words/words.ts'
import { AskDialog } from './ask-dialog.tsx'
import { type Choice, type WholeTorrent, wishesOf } from './choice.ts'
import { ChoiceDialog } from './choice-dialog.tsx'
import { DecideDialog, tellAdded } from './decide-dialog.tsx'
import { type Looked, look, readTorrent, type Wanted } from './look.ts'
import { openTorrents, waiting } from './torrent-files.ts'

const text = words.download

interface DownloadDialogProps {
  readonly wanted: OpenDialog & { readonly kind: 'download' | 'decide' | 'found' }
}

type Step =
  | { readonly kind: 'ask'; readonly typed: string; readonly problem: string | undefined }
  | { readonly kind: 'looking' }
  | Looked

export function DownloadDialog({ wanted }: DownloadDialogProps): JSX.Element {
  const [step, setStep] = useState<Step>(() => firstStep(wanted))
  const ended = useRef(new AbortController())
  const lookAt = async (of: Wanted | File, typed = ''): Promise<void> => {
    ended.current.abort()
    const { signal } = (ended.current = new AbortController())
    setStep({ kind: 'looking' })
    let next: Step
    try {
      next = await look(of instanceof File ? { metainfo: await readTorrent(of) } : of, signal)
    } catch (error) {
      next = { kind: 'ask', typed, problem: sentenceOf(error) }
    }
    if (!signal.aborted) setStep(next)
  }
  useEffect(() => {
    setStep(firstStep(wanted))
    if (wanted.kind === 'found') void lookAt({ source: wanted.source, hash: wanted.hash })
    else if (wanted.kind === 'download' && wanted.torrent !== undefined) void lookAt(wanted.torrent)
    else if (wanted.kind === 'download' && wanted.source !== undefined) {
      void lookAt({ filename: wanted.source }, wanted.source)
    }
    return () => ended.current.abort()
  }, [wanted])

  switch (step.kind) {
    case 'ask':
      return (
        <AskDialog
          typed={step.typed}
          problem={step.problem}
          onLink={(source, typed) => void lookAt({ filename: source }, typed)}
          onFiles={([first, ...others]) => {
            openTorrents(others)
            if (first !== undefined) void lookAt(first)
          }}
        />
      )
    case 'looking':
      return (
        <Dialog title={text.title} onClose={closeDialog} footer={<Button onPress={closeDialog}>{words.cancel}</Button>}>
          <p role="status">{text.looking}</p>
        </Dialog>
      )
    case 'here':
      return <Here hash={step.hash} name={step.name} />
    case 'decide':
      return <DecideDialog key={step.hash} hash={step.hash} />
    case 'choose':
      return <Choose key={step.what.hash_string} what={step.what} />
  }
}

function firstStep(wanted: DownloadDialogProps['wanted']): Step {
  if (wanted.kind === 'decide') return { kind: 'decide', hash: wanted.hash }
  const isBare = wanted.kind === 'download' && wanted.torrent === undefined && wanted.source === undefined
  return isBare ? { kind: 'ask', typed: '', problem: undefined } : { kind: 'looking' }
}

function Here({ hash, name }: { readonly hash: string; readonly name: string }): JSX.Element {
  const show = (): void => {
    closeDialog()
    go('torrents', hash)
  }
  const footer = (
    <>
      <Button onPress={closeDialog}>{words.close}</Button>
      <Button kind="primary" onPress={show}>
        {text.goTo}
      </Button>
    </>
  )
  return (
    <Dialog title={text.alreadyHere} onClose={closeDialog} footer={footer}>
      <p>
        <Name text={name} isCut={false} />
      </p>
    </Dialog>
  )
}

function Choose({ what }: { readonly what: WholeTorrent }): JSX.Element {
  const [isHere, setIsHere] = useState(false)
  const { name, files, comment, metainfo, hash_string: hash, is_private: isPrivate } = what
  const download = async (choice: Choice): Promise<void> => {
    const { torrent_duplicate: before } = await call<{ torrent_duplicate?: object }>('torrent_add', {
      metainfo,
      ...(choice.dir !== '' && { download_dir: choice.dir }),
      paused: !choice.isStarted,
      ...wishesOf(choice, true),
    })
    if (before !== undefined) {
      setIsHere(true)
      return
    }
    closeDialog()
    tellAdded(name, hash)
  }
  if (isHere) return <Here hash={hash} name={name} />
  const more = waiting.value.length
  return (
    <ChoiceDialog
      name={name}
      files={files}
      comment={comment}
      isPrivate={isPrivate}
      onClose={closeDialog}
      onDownload={download}
      footer={
        <>
          {more > 0 && (
            <span class="more-waiting">
              <span class="quiet small">{text.moreWaiting(more)}</span>
              <Button
                kind="bare"
                onPress={() => {
                  waiting.value = []
                }}
              >
                {text.skipRest}
              </Button>
            </span>
          )}
          <Button onPress={closeDialog}>{words.cancel}</Button>
        </>
      }
    />
  )
}
