// What can be done to torrents: entries of the menu, keys, and the calls behind them.
import { signal } from '@preact/signals'
import { copyText } from '../parts/copy-text.ts'
import type { MenuEntry } from '../parts/menu.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { openDialog } from '../state/dialogs.ts'
import { type Torrent, torrentSignal } from '../state/torrents.ts'
import { words } from '../words/words.ts'

const text = words.torrents

/** A question about torrents that stands open; action-dialogs.tsx draws it. */
export interface Question {
  readonly kind: 'remove' | 'labels' | 'move' | 'rename' | 'limits'
  readonly torrents: readonly Torrent[]
}
export const question = signal<Question | undefined>(undefined)

/** As they are now; what draws them is drawn anew when they change. */
export function torrentsOf(ids: Iterable<number>): Torrent[] {
  return Array.from(ids).flatMap((id) => torrentSignal(id)?.value ?? [])
}

export const idsOf = (torrents: readonly Torrent[]): number[] => torrents.map(({ id }) => id)

function run(method: string, torrents: readonly Torrent[], params: object = {}): void {
  call(method, { ids: idsOf(torrents), ...params }).catch(tellError)
}

export const start = (torrents: readonly Torrent[]): void => run('torrent_start', torrents)
export const stop = (torrents: readonly Torrent[]): void => run('torrent_stop', torrents)

export const isStopped = ({ state }: Torrent): boolean => state === 'stopped' || state === 'failed'

async function copyMagnets(torrents: readonly Torrent[]): Promise<void> {
  const each = torrents.map(({ id }) => call<{ magnet: string }>('shoal_metainfo', { id }))
  const links = await Promise.all(each)
  await copyText(links.map(({ magnet }) => magnet).join('\n'))
}

export function menuFor(torrents: readonly Torrent[]): MenuEntry[] {
  const [only] = torrents.length === 1 ? torrents : []
  const isUndecided = only?.is_undecided === true
  const ask = (kind: Question['kind']) => (): void => {
    question.value = { kind, torrents }
  }
  return [
    ...(only === undefined || !isUndecided
      ? []
      : [
          {
            label: text.states.undecided,
            icon: 'check' as const,
            onPress: () => openDialog({ kind: 'decide', hash: only.hash_string }),
          },
        ]),
    { label: text.start, icon: 'play', isDisabled: !torrents.some(isStopped), onPress: () => start(torrents) },
    { label: text.stop, icon: 'pause', isDisabled: torrents.every(isStopped), onPress: () => stop(torrents) },
    { label: text.startNow, icon: 'next', onPress: () => run('torrent_start_now', torrents) },
    'line',
    ...(only === undefined
      ? []
      : [
          {
            label: text.shareAgain,
            icon: 'share' as const,
            onPress: () => openDialog({ kind: 'shared', hash: only.hash_string }),
          },
        ]),
    { label: text.copyMagnet, icon: 'copy', onPress: () => void copyMagnets(torrents).catch(tellError) },
    'line',
    { label: text.setLabels, icon: 'label', onPress: ask('labels') },
    { label: text.limits, icon: 'gauge', onPress: ask('limits') },
    { label: text.move, icon: 'folder', onPress: ask('move') },
    ...(only === undefined ? [] : [{ label: text.rename, icon: 'file' as const, onPress: ask('rename') }]),
    'line',
    { label: text.verify, icon: 'shield', onPress: () => run('torrent_verify', torrents) },
    { label: text.announce, icon: 'people', onPress: () => run('torrent_reannounce', torrents) },
    { label: text.queueTop, icon: 'up', onPress: () => run('queue_move_top', torrents) },
    { label: text.queueUp, icon: 'up', onPress: () => run('queue_move_up', torrents) },
    { label: text.queueDown, icon: 'down', onPress: () => run('queue_move_down', torrents) },
    { label: text.queueBottom, icon: 'down', onPress: () => run('queue_move_bottom', torrents) },
    'line',
    { label: text.remove, icon: 'trash', isDanger: true, onPress: ask('remove') },
  ]
}
