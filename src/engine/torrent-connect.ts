// Dials the addresses that a torrent knows, a few at a time.
import { monotonicMs } from '../io/clock.ts'
import type { Transport } from '../io/transport.ts'
import { Handshaking } from './handshaking.ts'
import type { Torrent } from './torrent.ts'

/** Of one torrent at a time. A dead address keeps its place for 30 s. */
const MAX_CONNECTING = 30

/** Call when addresses were found, a place became free, and once a second. */
export function connectMore(torrent: Torrent): void {
  const { session, candidates } = torrent
  const now = monotonicMs()
  while (torrent.isOnline && torrent.connecting < MAX_CONNECTING) {
    if (torrent.peers.size + torrent.connecting >= torrent.maxPeers) return
    const candidate = candidates.next(now, torrent.isDone)
    if (candidate === undefined || !session.mayConnect()) return
    candidate.state = 'connecting'
    torrent.connecting++
    const { address } = candidate
    const from = session.sourceIp(address)
    const begin = (transport: Transport): Handshaking => new Handshaking(session, transport, { torrent, candidate })
    session.network.connect(address, begin, from === undefined ? {} : { from })
  }
}
