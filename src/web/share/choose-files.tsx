// What is to be given away: something on the machine where Shoal runs, or files of the device that shows this page.
import type { JSX } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { IconButton } from '../parts/button.tsx'
import { Name } from '../parts/small.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { useDrops } from '../parts/use-drops.ts'
import type { ChosenFile } from '../state/dialogs.ts'
import { words } from '../words/words.ts'
import { addTo, DeviceFiles } from './device-files.tsx'
import { FolderBrowser } from './folder-browser.tsx'
import { nameOf } from './folder-path.ts'

const text = words.share

export interface ChosenFiles {
  readonly from: 'machine' | 'device'
  /** Of the machine. */
  readonly paths: readonly string[]
  /** Of the device. */
  readonly files: readonly ChosenFile[]
}

export function isEmpty({ from, paths, files }: ChosenFiles): boolean {
  return from === 'machine' ? paths.length === 0 : files.length === 0
}

interface ChooseFilesProps {
  readonly choice: ChosenFiles
  /** May be more than one of the machine. */
  readonly isSeveral?: boolean
  readonly onChange: (choice: ChosenFiles) => void
}

export function ChooseFiles({ choice, isSeveral = false, onChange }: ChooseFilesProps): JSX.Element {
  const id = useId()
  const element = useRef<HTMLDivElement>(null)
  const { from, paths, files } = choice
  useDrops(element, (more) => onChange({ from: 'device', paths: [], files: addTo(files, more) }))
  const toggle = (path: string): void => {
    const others = paths.filter((one) => one !== path)
    const isOn = others.length === paths.length
    onChange({ ...choice, paths: [...(isSeveral ? others : []), ...(isOn ? [path] : [])] })
  }
  return (
    <div ref={element} class="choose-files">
      <Tabs
        id={id}
        label={text.from}
        tabs={[
          { key: 'machine', label: text.fromMachine },
          { key: 'device', label: text.fromDevice },
        ]}
        chosen={from}
        onChoose={(key) => onChange({ ...choice, from: key })}
      />
      <div class="panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${from}`}>
        {from === 'machine' ? (
          <>
            <FolderBrowser kind="any" chosen={paths} onChoose={toggle} />
            <ul class="given-paths" aria-label={text.chosen} aria-live="polite">
              {paths.map((path) => (
                <li key={path} class="given-path">
                  <Icon name="check" />
                  <span class="two-lines">
                    <Name text={nameOf(path)} />
                    <span class="quiet small cut">
                      <Name text={path} />
                    </span>
                  </span>
                  <IconButton icon="close" label={text.leaveOut} onPress={() => toggle(path)} />
                </li>
              ))}
              {paths.length === 0 && <li class="quiet small hint">{text.chooseHint}</li>}
            </ul>
          </>
        ) : (
          <DeviceFiles files={files} onChange={(next) => onChange({ ...choice, files: next })} />
        )}
      </div>
    </div>
  )
}
