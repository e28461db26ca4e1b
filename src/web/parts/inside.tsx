// Something drawn in an element that is drawn elsewhere: what is outside of the topmost dialog can be neither pressed nor read.
import { type ComponentChildren, render } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface InsideProps {
  readonly element: Element
  readonly children: ComponentChildren
}

export function Inside({ element, children }: InsideProps): null {
  const place = useRef<HTMLDivElement>(undefined)
  useLayoutEffect(() => {
    const added = document.createElement('div')
    element.append(added)
    place.current = added
    return () => {
      render(null, added)
      added.remove()
    }
  }, [element])
  useLayoutEffect(() => {
    if (place.current !== undefined) render(children, place.current)
  })
  return null
}
