// What is told of the torrent whose details are shown, for as long as they are.
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type TorrentDetails, watchDetails } from '../state/details.ts'

/** `peer`: whose pieces are told too. What was told before stays until the answer about another peer is there. */
export function useDetails(hash: string, peer: string | undefined): ReadonlySignal<TorrentDetails> {
  const shown = useSignal<TorrentDetails>({})
  useEffect(() => {
    const { details, close } = watchDetails(hash, peer)
    const stop = details.subscribe((told) => {
      if (Object.keys(told).length > 0) shown.value = told
    })
    return () => {
      stop()
      close()
    }
  }, [hash, peer])
  return shown
}
