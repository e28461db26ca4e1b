// What is in the torrent: what is wanted of it and how much, how far each file is; to play, open and rename.
import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { FileDetail } from '../../daemon/rpc/page-types.ts'
import { printable } from '../../core/printable.ts'
import { printPercent } from '../format.ts'
import { IconButton } from '../parts/button.tsx'
import { FileTree } from '../parts/file-tree.tsx'
import type { TreeFile } from '../parts/file-tree.ts'
import { MenuButton, type MenuEntry } from '../parts/menu.tsx'
import { Empty, Progress } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import type { TorrentDetails } from '../state/details.ts'
import { openDialog } from '../state/dialogs.ts'
import { words } from '../words/words.ts'
import {
  canOpen,
  PRIORITIES,
  type Priority,
  priorityChange,
  priorityOf,
  progressOfFiles,
  sameNames,
} from './detail-files.ts'
import { RenameDialog } from './rename-dialog.tsx'

const text = words.details

interface FilesTabProps {
  readonly hash: string
  readonly details: ReadonlySignal<TorrentDetails>
}

export function FilesTab({ hash, details }: FilesTabProps): JSX.Element {
  const named = useRef<readonly TreeFile[]>([])
  const [renaming, setRenaming] = useState<string>()
  const { files } = details.value
  if (files === undefined) return <p class="empty quiet">{words.loading}</p>
  if (files.length === 0) return <Empty icon="search" title={text.waitingForMetadata} />
  named.current = sameNames(named.current, files)
  const setPriority = (numbers: readonly number[], priority: Priority): void => {
    const change = priorityChange(numbers, priority)
    if (change !== undefined) call('torrent_set', { ids: hash, ...change }).catch(tellError)
  }
  const open = (file: number): void => openDialog({ kind: 'play', hash, file })
  return (
    <>
      <FileTree
        label={text.fileList}
        files={named.current}
        isWanted={(file) => files[file]?.priority !== 'unwanted'}
        onWant={(numbers, isWanted) => setPriority(numbers, isWanted ? 'normal' : 'unwanted')}
        onOpen={(file) => {
          const detail = files[file]
          if (detail !== undefined && canOpen(detail)) open(file)
        }}
        extra={(numbers, isFolder, path) => (
          <FileExtra
            files={files}
            numbers={numbers}
            isFolder={isFolder}
            path={path}
            onPriority={(priority) => setPriority(numbers, priority)}
            onOpen={open}
            onRename={() => setRenaming(path)}
          />
        )}
      />
      {renaming !== undefined && <RenameDialog hash={hash} path={renaming} onClose={() => setRenaming(undefined)} />}
    </>
  )
}

interface ExtraProps {
  readonly files: readonly FileDetail[]
  readonly numbers: readonly number[]
  readonly isFolder: boolean
  readonly path: string
  readonly onPriority: (priority: Priority) => void
  readonly onOpen: (file: number) => void
  readonly onRename: () => void
}

function FileExtra({ files, numbers, isFolder, path, onPriority, onOpen, onRename }: ExtraProps): JSX.Element {
  const name = printable(path.split('/').at(-1) ?? '')
  const now = priorityOf(files, numbers)
  const progress = progressOfFiles(files, numbers)
  const [only] = numbers
  const file = isFolder ? undefined : files[only ?? -1]
  const isOpenable = file !== undefined && only !== undefined && canOpen(file)
  const entries: MenuEntry[] = [
    ...(isOpenable
      ? [{ label: words.torrents.play, icon: 'play' as const, onPress: () => onOpen(only) }, 'line' as const]
      : []),
    ...PRIORITIES.map((priority) => ({
      label: text.priorities[priority],
      ...(priority === now && { icon: 'check' as const }),
      onPress: () => onPriority(priority),
    })),
    'line',
    { label: words.torrents.rename, icon: 'file', onPress: onRename },
  ]
  return (
    <div class="file-extra">
      <span class={`priority small ${now}`}>{now === 'normal' ? '' : text.priorities[now]}</span>
      <Progress
        value={progress}
        label={text.doneOf(name)}
        kind={now === 'unwanted' ? 'still' : progress >= 1 ? 'good' : 'plain'}
      />
      <span class="number small percent">{printPercent(progress)}</span>
      <span class="of-play">
        {isOpenable && <IconButton icon="play" label={text.playFile(name)} onPress={() => onOpen(only)} />}
      </span>
      <MenuButton label={text.priorityOf(name, text.priorities[now])} icon="more" entries={entries} />
    </div>
  )
}
