// Who is connected over WebSocket, torrent by torrent. Nothing here outlives its connection, so nothing is kept over a
// restart, and it is apart from the other peers: a browser can reach these only, and these only a browser.
//
//   members of a torrent   [ leechers | seeds ], so that a seed's offers are drawn from the front part
//   made-up torrents       bounded by members, torrents and `maxPerConnection`
import type { BinaryText, WsText } from '../core/tracker/ws-announce.ts'
import type { SwarmCounts } from '../core/tracker/announce.ts'

/** Where a member is reached; several members may share one. */
export interface Connection {
  send(text: WsText): void
}

export interface WsSwarmLimits {
  readonly maxTorrents: number
  readonly maxMembers: number
  /** One page shares one connection among all its torrents. */
  readonly maxPerConnection: number
}

/** Measured: 900 bytes for a member that is alone in its torrent, 460 for each other with a connection of its own. */
export const DEFAULT_WS_SWARM_LIMITS: WsSwarmLimits = {
  maxTorrents: 100_000,
  maxMembers: 500_000,
  maxPerConnection: 200,
}

/** Why an announce is not kept. */
export type JoinRefusal = 'peer-id-taken' | 'too-many-torrents' | 'full'

export interface WsJoin {
  readonly infoHash: BinaryText
  readonly peerId: BinaryText
  readonly isSeed: boolean
  /** It says that it just got all; counted once as long as it is here. */
  readonly hasCompleted: boolean
}

interface Member {
  readonly swarm: Swarm
  readonly connection: Connection
  readonly peerId: BinaryText
  /** In `swarm.members`; below `swarm.leechers` for those that are no seed. */
  position: number
  hasCompleted: boolean
  heardAtSec: number
}

interface Swarm {
  readonly infoHash: BinaryText
  readonly members: Member[]
  readonly byPeerId: Map<BinaryText, Member>
  leechers: number
  completed: number
}

const NO_COUNTS: SwarmCounts = { seeders: 0, leechers: 0, completed: 0 }

export class WsSwarms {
  readonly #limits: WsSwarmLimits
  readonly #swarms: Map<BinaryText, Swarm>
  readonly #joined: Map<Connection, Set<Member>>
  #members: number

  constructor(limits: Partial<WsSwarmLimits> = {}) {
    this.#limits = { ...DEFAULT_WS_SWARM_LIMITS, ...limits }
    this.#swarms = new Map()
    this.#joined = new Map()
    this.#members = 0
  }

  get totals(): { readonly torrents: number; readonly members: number } {
    return { torrents: this.#swarms.size, members: this.#members }
  }

  /** Adds or refreshes a member. A peer id belongs to the connection that brought it first, until that one leaves. */
  put(connection: Connection, join: WsJoin, nowSec: number): JoinRefusal | undefined {
    let member = this.#swarms.get(join.infoHash)?.byPeerId.get(join.peerId)
    if (member === undefined) {
      const refusal = this.#refusal(connection, join.infoHash)
      if (refusal !== undefined) return refusal
      member = this.#add(connection, join, nowSec)
    }
    if (member.connection !== connection) return 'peer-id-taken'
    member.heardAtSec = nowSec
    setSeed(member, join.isSeed)
    if (join.hasCompleted && !member.hasCompleted) {
      member.hasCompleted = true
      member.swarm.completed++
    }
    return undefined
  }

  /** Nothing happens if it is not this connection's. */
  leave(connection: Connection, infoHash: BinaryText, peerId: BinaryText): void {
    const member = this.#swarms.get(infoHash)?.byPeerId.get(peerId)
    if (member?.connection === connection) this.#remove(member)
  }

  /** The connection is gone. */
  leaveAll(connection: Connection): void {
    for (const member of this.#joined.get(connection) ?? []) this.#remove(member)
  }

  /** Where this peer is reached. */
  find(infoHash: BinaryText, peerId: BinaryText): Connection | undefined {
    return this.#swarms.get(infoHash)?.byPeerId.get(peerId)?.connection
  }

  /** Zeros for a torrent that is not known. */
  counts(infoHash: BinaryText): SwarmCounts {
    const swarm = this.#swarms.get(infoHash)
    if (swarm === undefined) return NO_COUNTS
    const { members, leechers, completed } = swarm
    return { seeders: members.length - leechers, leechers, completed }
  }

  /** At most `most` random other members, each once; for a seed none that is a seed. The swarm's size costs nothing. */
  pick(infoHash: BinaryText, peerId: BinaryText, most: number, random: () => number): readonly Connection[] {
    const swarm = this.#swarms.get(infoHash)
    const self = swarm?.byPeerId.get(peerId)?.position
    if (swarm === undefined || self === undefined) return []
    const isSeed = self >= swarm.leechers
    if (isSeed) return this.pickFor(infoHash, true, most, random)
    const candidates = swarm.members.length - 1
    return distinct(Math.min(most, candidates), candidates, random).flatMap((n) => {
      const member = swarm.members[n >= self ? n + 1 : n]
      return member === undefined ? [] : [member.connection]
    })
  }

  /** The same for one who is no member here. */
  pickFor(infoHash: BinaryText, isSeed: boolean, most: number, random: () => number): readonly Connection[] {
    const swarm = this.#swarms.get(infoHash)
    if (swarm === undefined) return []
    const candidates = isSeed ? swarm.leechers : swarm.members.length
    return distinct(Math.min(most, candidates), candidates, random).flatMap((n) => {
      const member = swarm.members[n]
      return member === undefined ? [] : [member.connection]
    })
  }

  /** Removes members that were last heard of before `beforeSec`; their connections stay. */
  expire(beforeSec: number): void {
    for (const { members } of this.#swarms.values()) {
      // A copy, because a member that is removed moves others.
      for (const member of [...members]) if (member.heardAtSec < beforeSec) this.#remove(member)
    }
  }

  #refusal(connection: Connection, infoHash: BinaryText): JoinRefusal | undefined {
    const { maxTorrents, maxMembers, maxPerConnection } = this.#limits
    if ((this.#joined.get(connection)?.size ?? 0) >= maxPerConnection) return 'too-many-torrents'
    if (this.#members >= maxMembers) return 'full'
    return this.#swarms.size >= maxTorrents && !this.#swarms.has(infoHash) ? 'full' : undefined
  }

  #add(connection: Connection, { infoHash, peerId }: WsJoin, nowSec: number): Member {
    let swarm = this.#swarms.get(infoHash)
    if (swarm === undefined) {
      swarm = { infoHash, members: [], byPeerId: new Map(), leechers: 0, completed: 0 }
      this.#swarms.set(infoHash, swarm)
    }
    const position = swarm.members.length
    const member = { swarm, connection, peerId, position, hasCompleted: false, heardAtSec: nowSec }
    swarm.members.push(member) // behind the leechers: a seed until `setSeed` says otherwise
    swarm.byPeerId.set(peerId, member)
    const joined = this.#joined.get(connection)
    if (joined === undefined) this.#joined.set(connection, new Set([member]))
    else joined.add(member)
    this.#members++
    return member
  }

  #remove(member: Member): void {
    const { swarm, connection, peerId } = member
    setSeed(member, true)
    swap(swarm.members, member.position, swarm.members.length - 1)
    swarm.members.pop()
    swarm.byPeerId.delete(peerId)
    // At once: torrents that come and go must leave nothing behind.
    if (swarm.members.length === 0) this.#swarms.delete(swarm.infoHash)
    const joined = this.#joined.get(connection)
    joined?.delete(member)
    if (joined?.size === 0) this.#joined.delete(connection)
    this.#members--
  }
}

/** Moves it over the border between leechers and seeds, if it is on the other side. */
function setSeed(member: Member, isSeed: boolean): void {
  const { swarm, position } = member
  if (position >= swarm.leechers === isSeed) return
  if (isSeed) swap(swarm.members, position, --swarm.leechers)
  else swap(swarm.members, position, swarm.leechers++)
}

function swap(members: Member[], a: number, b: number): void {
  const [first, second] = [members[a], members[b]]
  if (first === undefined || second === undefined) return
  members[a] = second
  members[b] = first
  second.position = a
  first.position = b
}

/** `count` different numbers below `end`, every choice as likely as any other (Floyd's way: one step for each). */
function distinct(count: number, end: number, random: () => number): number[] {
  const chosen = new Set<number>()
  for (let top = end - count; top < end; top++) {
    const n = Math.floor(random() * (top + 1))
    chosen.add(chosen.has(n) ? top : n)
  }
  return [...chosen]
}
