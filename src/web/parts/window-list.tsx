// A list of any length with rows of one height, of which only those near the window are in the page.
import type { ComponentChildren, HTMLAttributes, JSX, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { windowRows } from './window-rows.ts'

interface WindowListProps {
  readonly element: RefObject<HTMLDivElement | null>
  readonly count: number
  readonly rowHeight: number
  /** Called for all that are near at each scrolling: components with signals draw themselves anew only where their props differ. */
  readonly row: (index: number) => ComponentChildren
  /** Of the element that scrolls. */
  readonly attributes?: HTMLAttributes<HTMLDivElement>
}

export function WindowList({ element, count, rowHeight, row, attributes }: WindowListProps): JSX.Element {
  const [view, setView] = useState({ top: 0, height: 800 })
  const look = (): void => {
    const list = element.current
    if (list === null) return
    // In steps of rows, so that most scrolling draws nothing anew.
    const at = Math.floor(list.scrollTop / rowHeight) * rowHeight
    setView((now) =>
      now.top === at && now.height === list.clientHeight ? now : { top: at, height: list.clientHeight },
    )
  }
  useLayoutEffect(look, [rowHeight, count])
  useEffect(() => {
    const list = element.current
    if (list === null) return undefined
    const observer = new ResizeObserver(look)
    observer.observe(list)
    return () => observer.disconnect()
  }, [])
  const { first, end } = windowRows(view.top, view.height, rowHeight, count)
  const rows: ComponentChildren[] = []
  for (let index = first; index < end; index++) rows.push(row(index))
  return (
    <div ref={element} class="window-list" onScroll={look} {...attributes}>
      <div class="length" role="presentation" style={{ height: `${count * rowHeight}px` }}>
        {rows}
      </div>
    </div>
  )
}
