// Parts of the page that are fetched when they are first shown.
import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { words } from '../words/words.ts'
import { tellProblem } from './toast.tsx'

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
      }, tellNewVersion)
    }, [])
    return loaded === undefined ? null : <Shown component={loaded} props={props} />
  }
}

/** An update has taken away the files of the page that is open. */
function tellNewVersion(): void {
  tellProblem(words.newVersion, { label: words.reload, onPress: () => location.reload() })
}

function Shown<Props extends object>(given: { component: ComponentType<Props>; props: Props }): JSX.Element {
  const Component = given.component
  return <Component {...given.props} />
}
