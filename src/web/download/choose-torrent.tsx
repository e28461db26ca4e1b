// A button for .torrent files of this device; several are gone through one after the other.
import type { ComponentChildren, JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { Button, IconButton } from '../parts/button.tsx'
import { words } from '../words/words.ts'

const text = words.download

interface ChooseTorrentProps {
  readonly onChoose: (files: readonly File[]) => void
  /** Absent: an icon alone. */
  readonly children?: ComponentChildren
}

export function ChooseTorrent({ onChoose, children }: ChooseTorrentProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  const press = (): void => input.current?.click()
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".torrent,application/x-bittorrent"
        multiple
        hidden
        aria-label={text.choose}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])]
          // So that the same can be chosen again.
          currentTarget.value = ''
          if (files.length > 0) onChoose(files)
        }}
      />
      {children === undefined ? (
        <IconButton icon="file" label={text.choose} onPress={press} />
      ) : (
        <Button icon="file" onPress={press}>
          {children}
        </Button>
      )}
    </>
  )
}
