// Above the tabs: which torrent it is, how far it is, and what to do with it.
import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { printDuration, printPercent, printRate, printSize } from '../format.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { MenuButton } from '../parts/menu.tsx'
import { Name, Notice, Progress } from '../parts/small.tsx'
import type { TorrentDetails } from '../state/details.ts'
import { openDialog } from '../state/dialogs.ts'
import { type Torrent, torrentByHash } from '../state/torrents.ts'
import { isStopped, menuFor, start, stop } from '../torrents/actions.ts'
import { etaOf, isDone, progressOf } from '../torrents/torrent-order.ts'
import { progressKind, stateWords } from '../torrents/torrent-row.tsx'
import { words } from '../words/words.ts'
import { fileToPlay } from './detail-files.ts'

const text = words.details

interface HeadProps {
  readonly hash: string
  readonly details: ReadonlySignal<TorrentDetails>
  readonly onClose: () => void
}

export function DetailsHead({ hash, details, onClose }: HeadProps): JSX.Element | null {
  const torrent = torrentByHash(hash)
  if (torrent === undefined) return null
  const problem = torrent.error || torrent.warning
  return (
    <header class="details-head">
      <div class="line">
        <span class="of-back">
          <IconButton icon="back" label={text.back} onPress={onClose} />
        </span>
        <h2 class="grow" tabIndex={-1}>
          <Name text={torrent.name} />
        </h2>
        <Actions torrent={torrent} details={details} />
        <span class="of-close">
          <IconButton icon="close" label={text.close} onPress={onClose} />
        </span>
      </div>
      <Facts torrent={torrent} />
      {problem !== '' && (
        <Notice kind={torrent.error === '' ? 'warn' : 'bad'}>
          <Name text={problem} isCut={false} />
        </Notice>
      )}
    </header>
  )
}

function Actions({ torrent, details }: Pick<HeadProps, 'details'> & { readonly torrent: Torrent }): JSX.Element {
  const { hash_string: hash } = torrent
  const file = fileToPlay(details.value.files ?? [])
  return (
    <>
      {torrent.is_undecided && (
        <Button kind="primary" icon="check" onPress={() => openDialog({ kind: 'decide', hash })}>
          {words.torrents.states.undecided}
        </Button>
      )}
      {isStopped(torrent) ? (
        <IconButton icon="play" label={words.torrents.start} onPress={() => start([torrent])} />
      ) : (
        <IconButton icon="pause" label={words.torrents.stop} onPress={() => stop([torrent])} />
      )}
      {file !== undefined && (
        <IconButton icon="film" label={words.torrents.play} onPress={() => openDialog({ kind: 'play', hash, file })} />
      )}
      <IconButton icon="share" label={words.torrents.shareAgain} onPress={() => openDialog({ kind: 'shared', hash })} />
      <MenuButton label={words.more} icon="more" entries={menuFor([torrent])} />
    </>
  )
}

function Facts({ torrent }: { readonly torrent: Torrent }): JSX.Element {
  const done = isDone(torrent)
  const progress = progressOf(torrent)
  const eta = etaOf(torrent)
  const { wanted_bytes: wanted, done_bytes: have, rate_download: down, rate_upload: up } = torrent
  return (
    <div class="details-facts small quiet">
      <Progress value={progress} label={text.progress} kind={progressKind(torrent, done)} />
      <span class="number">{printPercent(progress)}</span>
      <span>{stateWords(torrent)}</span>
      {wanted > 0 && (
        <span class="number">{done ? printSize(wanted) : text.of(printSize(have), printSize(wanted))}</span>
      )}
      {eta !== undefined && <span class="number">{text.left(printDuration(eta))}</span>}
      {down > 0 && <span class="number of-down">{`↓ ${printRate(down)}`}</span>}
      {up > 0 && <span class="number of-up">{`↑ ${printRate(up)}`}</span>}
      <span class="number">{text.connected(torrent.peers_connected)}</span>
    </div>
  )
}
