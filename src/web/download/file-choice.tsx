// Which files are wanted: a tree with a filter, and buttons for all, none and kinds of files.
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { printSize } from '../format.ts'
import { FileTree } from '../parts/file-tree.tsx'
import { buildTree, type TreeFile } from '../parts/file-tree.ts'
import { words } from '../words/words.ts'
import { bytesOf, filesByKind, withFiles } from './choice.ts'

const text = words.download

interface FileChoiceProps {
  readonly files: readonly TreeFile[]
  readonly unwanted: ReadonlySet<number>
  readonly onChange: (unwanted: ReadonlySet<number>) => void
}

export function FileChoice({ files, unwanted, onChange }: FileChoiceProps): JSX.Element {
  const [filter, setFilter] = useState('')
  const byKind = useMemo(() => filesByKind(files), [files])
  const all = useMemo(() => buildTree(files).order, [files])
  const wanted = all.filter((file) => !unwanted.has(file))
  const want = (some: readonly number[], isWanted: boolean): void => onChange(withFiles(unwanted, some, !isWanted))
  /** All that are shown: with a filter, those that it leaves. */
  const shown = (): readonly number[] => (filter.trim() === '' ? all : buildTree(files, filter).order)
  return (
    <section class="file-choice" aria-label={text.filesLabel}>
      {all.length > 1 && (
        <div class="line">
          <div class="chips" role="group" aria-label={text.byKind}>
            <button type="button" class="chip" onClick={() => want(shown(), true)}>
              {text.all}
            </button>
            <button type="button" class="chip" onClick={() => want(shown(), false)}>
              {text.none}
            </button>
            {byKind.size > 1 &&
              [...byKind].map(([kind, some]) => {
                const areAll = some.every((file) => !unwanted.has(file))
                return (
                  <button
                    key={kind}
                    type="button"
                    class="chip"
                    aria-pressed={areAll}
                    onClick={() => want(some, !areAll)}
                  >
                    {text.kinds[kind]} <span class="quiet number">{words.number(some.length)}</span>
                  </button>
                )
              })}
          </div>
          <input
            class="input filter"
            type="search"
            placeholder={text.filterFiles}
            aria-label={text.filterFiles}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
            // Else Enter would begin the download.
            onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
          />
        </div>
      )}
      <div class={all.length === 1 ? 'of-tree of-one' : 'of-tree'}>
        <FileTree
          label={text.filesLabel}
          files={files}
          words={filter}
          isWanted={(file) => !unwanted.has(file)}
          onWant={want}
        />
      </div>
      <p class="small number" role="status">
        {wanted.length === 0
          ? text.nothingChosen
          : text.chosen(wanted.length, all.length, printSize(bytesOf(files, wanted)))}
      </p>
    </section>
  )
}
