// A torrent that is in the list and waits for a choice: first for peers who know what is in it, then for the reader.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import type { FileDetail, TorrentFacts } from '../../daemon/rpc/page-types.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Name, Notice } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { watchDetails, type WatchedDetails } from '../state/details.ts'
import { closeDialog } from '../state/dialogs.ts'
import { go } from '../state/route.ts'
import { torrentByHash } from '../state/torrents.ts'
import { words } from '../words/words.ts'
import { type Choice, wishesOf } from './choice.ts'
import { ChoiceDialog } from './choice-dialog.tsx'

const text = words.download

export function DecideDialog({ hash }: { readonly hash: string }): JSX.Element {
  const [watched, setWatched] = useState<WatchedDetails>()
  /** As they were when they became known: what is chosen here would be undone by what comes later. */
  const [known, setKnown] = useState<{ readonly files: readonly FileDetail[]; readonly facts: TorrentFacts }>()
  useEffect(() => {
    const opened = watchDetails(hash)
    setWatched(opened)
    return () => opened.close()
  }, [hash])
  const { files = [], facts } = watched?.details.value ?? {}
  useEffect(() => {
    if (known === undefined && files.length > 0 && facts !== undefined) setKnown({ files, facts })
  }, [files, facts])

  const torrent = torrentByHash(hash)
  const name = torrent?.name ?? hash
  const remove = (): void => {
    call('torrent_remove', { ids: [hash] }).then(closeDialog, tellError)
  }
  const footer = (
    <>
      <Button kind="danger" icon="trash" onPress={remove}>
        {text.dontDownload}
      </Button>
      <Button onPress={closeDialog}>{text.later}</Button>
    </>
  )
  if (watched?.isGone.value === true) {
    return (
      <Dialog title={text.title} onClose={closeDialog} footer={<Button onPress={closeDialog}>{words.close}</Button>}>
        <p>{text.gone}</p>
      </Dialog>
    )
  }
  if (known === undefined) {
    return (
      <Dialog title={<Name text={name} isCut={false} />} onClose={closeDialog} footer={footer}>
        <div class="stack waiting" role="status">
          <p class="large">{text.askingPeers}</p>
          <p class="number">{text.peersNow(torrent?.peers_connected ?? 0)}</p>
        </div>
        <p class="quiet small">{text.canClose}</p>
        {torrent !== undefined && torrent.error !== '' && <Notice kind="bad">{printable(torrent.error)}</Notice>}
      </Dialog>
    )
  }
  return (
    <ChoiceDialog
      name={name}
      files={known.files}
      comment={known.facts.comment}
      isPrivate={known.facts.is_private}
      before={{
        unwanted: known.files.flatMap(({ priority }, file) => (priority === 'unwanted' ? [file] : [])),
        dir: known.facts.dir,
        labels: torrent?.labels ?? [],
        isSequential: known.facts.is_sequential,
      }}
      isStarting
      onClose={closeDialog}
      onDownload={(choice) => begin(hash, name, known.facts.dir, choice)}
      footer={footer}
    />
  )
}

async function begin(hash: string, name: string, dirBefore: string, choice: Choice): Promise<void> {
  const ids = [hash]
  if (choice.dir !== dirBefore) await call('torrent_set_location', { ids, location: choice.dir, move: true })
  await call('torrent_set', { ids, ...wishesOf(choice, false) })
  await call('torrent_start', { ids })
  closeDialog()
  tellAdded(name, hash)
}

export function tellAdded(name: string, hash: string): void {
  tell(text.added(name), { label: text.show, onPress: () => go('torrents', hash) })
}
