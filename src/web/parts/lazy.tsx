// Parts of the page that are fetched when they are first shown.
import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { tellError } from './toast.tsx'

/** Draws nothing until it is there. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined
  return function Lazy(props: Props): JSX.Element | null {
    const [, setIsThere] = useState(loaded !== undefined)
    useEffect(() => {
      if (loaded !== undefined) return
      load().then((component) => {
        loaded = component
        setIsThere(true)
      }, tellError)
    }, [])
    return loaded === undefined ? null : <Shown component={loaded} props={props} />
  }
}

function Shown<Props extends object>(given: { component: ComponentType<Props>; props: Props }): JSX.Element {
  const Component = given.component
  return <Component {...given.props} />
}
