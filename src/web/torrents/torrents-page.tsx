// The list of torrents, with its filters; beside it the details of the one that is open.
import type { JSX } from 'preact'
import { Button } from '../parts/button.tsx'
import { lazy } from '../parts/lazy.tsx'
import { Empty } from '../parts/small.tsx'
import { openDialog } from '../state/dialogs.ts'
import { isListLoaded, torrentByHash } from '../state/torrents.ts'
import { filterWords, group, label, order } from '../state/view.ts'
import { words } from '../words/words.ts'
import { ActionDialogs } from './action-dialogs.tsx'
import { ListTools } from './list-tools.tsx'
import { TorrentList } from './torrent-list.tsx'

const text = words.torrents
const Details = lazy(async () => (await import('../details/details.tsx')).Details)

interface TorrentsPageProps {
  /** Info-hash of the torrent whose details are shown. */
  readonly opened: string | undefined
  readonly tab: string | undefined
}

export function TorrentsPage({ opened, tab }: TorrentsPageProps): JSX.Element {
  const isOpen = opened !== undefined && torrentByHash(opened) !== undefined
  return (
    <div class={isOpen ? 'torrents-page with-details' : 'torrents-page'}>
      <h1 class="for-readers">{text.title}</h1>
      <section class="torrents" aria-label={text.title}>
        <ListTools />
        {order.value.length > 0 ? <TorrentList opened={opened} /> : <NoTorrents />}
      </section>
      {isOpen && <Details key={opened} hash={opened} tab={tab ?? 'files'} />}
      <ActionDialogs />
    </div>
  )
}

function NoTorrents(): JSX.Element {
  if (!isListLoaded.value) return <p class="empty quiet">{words.loading}</p>
  const isFiltered = group.value !== 'all' || label.value !== '' || filterWords.value !== ''
  if (isFiltered) return <Empty icon="search" title={text.noneMatch} />
  return (
    <Empty icon="torrents" title={text.none}>
      <p class="quiet">{text.noneHow}</p>
      <div class="line">
        <Button kind="primary" icon="share" onPress={() => openDialog({ kind: 'share' })}>
          {words.frame.share}
        </Button>
        <Button icon="download" onPress={() => openDialog({ kind: 'download' })}>
          {words.frame.add}
        </Button>
      </div>
    </Empty>
  )
}
