// A list of any length with rows of one height, of which only those near the window are in the page.
import type { ComponentChildren, HTMLAttributes, JSX, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { windowRows } from './window-rows.ts'

interface WindowListProps {
  readonly element: RefObject<HTMLDivElement | null>
  readonly count: number
  readonly rowHeight: number
  readonly row: (index: number) => ComponentChildren
  /** Of the element that scrolls. */
  readonly attributes?: HTMLAttributes<HTMLDivElement>
}

export function WindowList({ element, count, rowHeight, row, attributes }: WindowListProps): JSX.Element {
  const [{ top, height }, setView] = useState({ top: 0, height: 800 })
  const look = (): void => {
    const list = element.current
    if (list === null) return
    // In steps of rows, so that most scrolling draws nothing anew.
    const at = Math.floor(list.scrollTop / rowHeight) * rowHeight
    setView((view) =>
      view.top === at && view.height === list.clientHeight ? view : { top: at, height: list.clientHeight },
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
  const { first, end } = windowRows(top, height, rowHeight, count)
  return (
    <div ref={element} class="window-list" onScroll={look} {...attributes}>
      <div class="length" role="presentation" style={{ height: `${count * rowHeight}px` }}>
        {Array.from({ length: end - first }, (_, n) => row(first + n))}
      </div>
    </div>
  )
}
