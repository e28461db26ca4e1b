// One line of the log, whole.
import type { JSX } from 'preact'
import type { LogRow } from '../../daemon/rpc/page-types.ts'
import { printDate } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { copyText } from '../parts/copy-text.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { Name } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { go } from '../state/route.ts'
import { words } from '../words/words.ts'
import { LEVEL_ICONS } from './log-line.tsx'
import { logText, sentence } from './log-rows.ts'

const text = words.settings.log

interface LogEntryProps {
  readonly row: LogRow
  readonly onClose: () => void
}

export function LogEntry({ row, onClose }: LogEntryProps): JSX.Element {
  const { torrent, level, about, at } = row
  const footer = (
    <>
      {torrent !== null && (
        <Button icon="torrents" onPress={() => go('torrents', torrent)}>
          {text.showTorrent}
        </Button>
      )}
      <Button icon="copy" onPress={() => void copyText(logText([row])).catch(tellError)}>
        {words.copy}
      </Button>
    </>
  )
  return (
    <Dialog title={text.entry} onClose={onClose} footer={footer}>
      <p class={`line small log-head ${level}`}>
        <span class="level">
          <Icon name={LEVEL_ICONS[level]} />
        </span>
        <strong>{text.levelNames[level]}</strong>
        <span class="quiet">{text.abouts[about]}</span>
        <span class="quiet number">{printDate(at)}</span>
      </p>
      <p class="log-text">
        <Name text={sentence(row)} isCut={false} />
      </p>
    </Dialog>
  )
}
