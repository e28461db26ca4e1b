// How fast this torrent was in the last minutes.
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { followSpeeds, speedsOf } from '../state/speeds.ts'
import { torrentByHash } from '../state/torrents.ts'
import { SpeedPlot } from './speed-plot.tsx'

export function SpeedTab({ hash }: { readonly hash: string }): JSX.Element | null {
  const id = torrentByHash(hash)?.id
  useEffect(() => {
    followSpeeds(id)
    return () => followSpeeds(undefined)
  }, [id])
  return id === undefined ? null : <SpeedPlot points={speedsOf(id)} />
}
