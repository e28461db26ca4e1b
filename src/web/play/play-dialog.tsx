// Plays or shows a file of a torrent, also while it comes: the daemon fetches first what is waited for.
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import type { FileDetail } from '../../daemon/rpc/page-types.ts'
import { printPercent, printRate } from '../format.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { copyText } from '../parts/copy-text.ts'
import { Dialog } from '../parts/dialog.tsx'
import { buildTree } from '../parts/file-tree.ts'
import { Icon } from '../parts/icon.tsx'
import { Name, Notice, Progress } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { call, sentenceOf } from '../state/api.ts'
import { watchDetails, type WatchedDetails } from '../state/details.ts'
import { closeDialog } from '../state/dialogs.ts'
import { type Torrent, torrentByHash } from '../state/torrents.ts'
import { words } from '../words/words.ts'
import { inSequence } from './media-kind.ts'
import { Player } from './player.tsx'

const text = words.play

export function PlayDialog({ hash, file: first }: { readonly hash: string; readonly file: number }): JSX.Element {
  const [file, setFile] = useState(first)
  const [watched, setWatched] = useState<WatchedDetails>()
  useEffect(() => {
    const opened = watchDetails(hash)
    setWatched(opened)
    return () => opened.close()
  }, [hash])
  const files = watched?.details.value.files ?? []
  const detail = files[file]
  const torrent = torrentByHash(hash)
  const state = torrent?.state
  const playing = usePlayable(hash, file, detail?.priority === 'unwanted')
  const path = detail?.path ?? playing.path ?? ''
  const name = path.split('/').at(-1) ?? path
  return (
    <Dialog
      title={<Name text={name === '' ? text.loading : name} isCut={false} />}
      isWide
      onClose={closeDialog}
      footer={<Buttons files={files} file={file} href={playing.href} onGo={setFile} />}
    >
      {watched?.isGone.value === true && <Notice kind="bad">{text.gone}</Notice>}
      {playing.problem !== undefined && (
        <div role="alert">
          <Notice kind="bad">{playing.problem}</Notice>
        </div>
      )}
      <div class="player">
        {detail?.priority === 'unwanted' ? (
          <Unwanted hash={hash} file={file} />
        ) : isServed(state) ? (
          playing.href !== undefined && (
            <Player key={playing.href} href={playing.href} path={path} length={detail?.length} />
          )
        ) : (
          <NotYet hash={hash} isChecking={state === 'checking'} />
        )}
      </div>
      {detail !== undefined && detail.priority !== 'unwanted' && <HowMuch torrent={torrent} detail={detail} />}
    </Dialog>
  )
}

/** Only a torrent that runs has its files open. */
function isServed(state: Torrent['state'] | undefined): boolean {
  return state === undefined || state === 'downloading' || state === 'seeding'
}

interface Playable {
  /** On this server: the daemon may be known to it by another name. */
  readonly href?: string
  readonly path?: string
  readonly problem?: string
}

/** A link to the file; a new one once it is wanted. */
function usePlayable(hash: string, file: number, isUnwanted: boolean): Playable {
  const [playable, setPlayable] = useState<Playable>({})
  useEffect(() => {
    const ended = new AbortController()
    setPlayable({})
    call<{ url: string; path: string }>('shoal_play', { id: hash, file }, ended.signal).then(
      ({ url, path }) => setPlayable({ href: new URL(url).pathname, path }),
      (error: unknown) => {
        if (ended.signal.aborted) return
        setPlayable({ problem: sentenceOf(error) })
      },
    )
    return () => ended.abort()
  }, [hash, file, isUnwanted])
  return playable
}

function Unwanted({ hash, file }: { readonly hash: string; readonly file: number }): JSX.Element {
  const want = (): void => {
    call('torrent_set', { ids: [hash], files_wanted: [file] }).catch(tellError)
  }
  return (
    <div class="stack middle">
      <p>{text.unwanted}</p>
      <Button kind="primary" icon="download" onPress={want}>
        {text.want}
      </Button>
    </div>
  )
}

/** It is stopped, waits for its turn, or is not checked yet. */
function NotYet({ hash, isChecking }: { readonly hash: string; readonly isChecking: boolean }): JSX.Element {
  const start = (): void => {
    // Somebody waits for it: past the queue.
    call('torrent_start_now', { ids: [hash] }).catch(tellError)
  }
  if (isChecking) {
    return (
      <p class="middle quiet" role="status">
        {text.checking}
      </p>
    )
  }
  return (
    <div class="stack middle">
      <p>{text.stopped}</p>
      <Button kind="primary" icon="play" onPress={start}>
        {text.start}
      </Button>
    </div>
  )
}

interface HowMuchProps {
  readonly torrent: Torrent | undefined
  readonly detail: FileDetail
}

/** How much of the file is here, and how fast more comes. */
function HowMuch({ torrent, detail: { done_bytes: done, length } }: HowMuchProps): JSX.Element {
  const isWhole = done >= length
  const part = length === 0 ? 1 : done / length
  const { rate_download: rate = 0 } = torrent ?? {}
  const coming = rate > 0 ? ` · ${text.rate(printRate(rate))}` : ''
  return (
    <div class="how-much">
      <Progress value={part} label={text.here(printPercent(part))} kind={isWhole ? 'good' : 'plain'} />
      <p class="quiet small number">{isWhole ? text.allHere : text.here(printPercent(part)) + coming}</p>
    </div>
  )
}

interface ButtonsProps {
  readonly files: readonly FileDetail[]
  readonly file: number
  readonly href: string | undefined
  readonly onGo: (file: number) => void
}

function Buttons({ files, file, href, onGo }: ButtonsProps): JSX.Element {
  // Names do not change while this is open, only how far files are.
  const order = useMemo(() => buildTree(files).order, [files.length])
  const paths = files.map(({ path }) => path)
  const sequence = inSequence(paths, order, file)
  const at = sequence.indexOf(file)
  const [before, after] = [sequence[at - 1], sequence[at + 1]]
  const name = (n: number | undefined): string => printable(paths[n ?? -1]?.split('/').at(-1) ?? '')
  const copy = async (): Promise<void> => {
    await copyText(new URL(href ?? '', location.href).href, `${words.copied} ${text.linkIsSecret}`)
  }
  return (
    <>
      {sequence.length > 1 && (
        <span class="player-steps">
          <IconButton
            icon="back"
            label={before === undefined ? text.before : `${text.before}: ${name(before)}`}
            isDisabled={before === undefined}
            onPress={() => before !== undefined && onGo(before)}
          />
          <span class="quiet small number">{`${at + 1} / ${sequence.length}`}</span>
          <IconButton
            icon="next"
            label={after === undefined ? text.after : `${text.after}: ${name(after)}`}
            isDisabled={after === undefined}
            onPress={() => after !== undefined && onGo(after)}
          />
        </span>
      )}
      <Button icon="copy" isDisabled={href === undefined} onPress={() => void copy().catch(tellError)}>
        {text.copyLink}
      </Button>
      {href !== undefined && (
        <a class="button" href={href} download="">
          <Icon name="download" />
          {text.save}
        </a>
      )}
    </>
  )
}
