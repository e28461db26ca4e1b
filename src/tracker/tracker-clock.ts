// Seconds by which a tracker knows when it heard of a peer.
import { machineSec } from '../io/clock.ts'

/** Times before the start of this machine are times, too: of peers that an earlier run heard of. */
const START_SEC = 7 * 86_400

/** The same in all threads; never goes back. */
export function trackerSec(): number {
  return START_SEC + machineSec()
}

/** Since 1970: for what other machines read, or a later run. */
export function wallSec(): number {
  return Math.floor(Date.now() / 1000)
}
