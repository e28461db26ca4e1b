// Methods on the queue: section 4.6 of Transmission's docs/rpc-spec.md.
import * as v from 'valibot'
import type { ListedTorrent } from '../listed-torrent.ts'
import type { TorrentList } from '../torrent-list.ts'
import { ids, type Method, method } from './method.ts'
import { chosen } from './torrent-methods.ts'

/** `inOrder`: those that move, which keep their order among themselves. */
type Move = (list: TorrentList, inOrder: readonly ListedTorrent[]) => void

const toTop: Move = (list, inOrder) => inOrder.forEach((one, n) => list.setPlace(one, n))

const up: Move = (list, inOrder) => {
  inOrder.forEach((one, n) => list.setPlace(one, Math.max(n, list.placeOf(one) - 1)))
}

const down: Move = (list, inOrder) => {
  const last = list.size - 1
  inOrder.toReversed().forEach((one, n) => list.setPlace(one, Math.min(last - n, list.placeOf(one) + 1)))
}

const toBottom: Move = (list, inOrder) => inOrder.forEach((one) => list.setPlace(one, list.size - 1))

function moving(move: Move): Method {
  return method(v.object({ ids }), (daemon, params) => {
    const { list } = daemon
    move(
      list,
      chosen(daemon, params.ids).toSorted((a, b) => list.placeOf(a) - list.placeOf(b)),
    )
    return {}
  })
}

export const QUEUE_METHODS: Readonly<Record<string, Method>> = {
  queue_move_top: moving(toTop),
  queue_move_up: moving(up),
  queue_move_down: moving(down),
  queue_move_bottom: moving(toBottom),
}
