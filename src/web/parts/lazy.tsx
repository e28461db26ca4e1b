// Parts of the page that are fetched when they are first shown.
import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { fetchPart } from './fetch-part.ts'

/** Draws nothing until it is there. `onFailed`: it was not to be had, the reader was told, and it is still wanted. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  onFailed?: () => void,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined
  return function Lazy(props: Props): JSX.Element | null {
    const [, setIsThere] = useState(loaded !== undefined)
    useEffect(() => {
      if (loaded !== undefined) return undefined
      let isGone = false
      void fetchPart(load).then((component) => {
        loaded ??= component
        if (isGone) return
        if (component === undefined) onFailed?.()
        else setIsThere(true)
      })
      return () => {
        isGone = true
      }
    }, [])
    return loaded === undefined ? null : <Shown component={loaded} props={props} />
  }
}

function Shown<Props extends object>(given: { component: ComponentType<Props>; props: Props }): JSX.Element {
  const Component = given.component
  return <Component {...given.props} />
}
