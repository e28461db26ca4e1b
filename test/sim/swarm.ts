// One seed and many downloaders on thin lines, in virtual time: how long until the last one has it, and what the seed sent.
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import type { Address } from '../../src/core/address.ts'
import { Session } from '../../src/engine/session.ts'
import type { Torrent } from '../../src/engine/torrent.ts'
import { makeHome } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'
import { MemoryDisk } from './memory-disk.ts'
import { type SimHost, SimNetwork } from './network.ts'
import { VirtualTime } from './virtual-time.ts'

export interface SwarmPlan {
  readonly seed: number
  readonly downloaders: number
  readonly fileBytes: number
  readonly pieceBytes: number
  /** Of each downloader, in bytes per second. */
  readonly upload: number
  readonly download: number
  readonly seedUpload: number
  /** The rates of upload are limits that the sessions keep, on lines that could carry more. */
  readonly isLimitedBySession?: boolean
  /** One way, drawn evenly for each pair. */
  readonly latencyMs: readonly [least: number, most: number]
  /** Addresses that each downloader is given, as by a tracker. */
  readonly addresses: number
  /** All in one /24, as behind one router; else each in one of its own. */
  readonly isOneNetwork?: boolean
  /** Each downloader joins so long after the one before; default: all at once. */
  readonly joinEveryMs?: number
  /** Who has all of it goes. */
  readonly leaveWhenDone?: boolean
  /** So many of the downloaders pass on wrong bytes. How they fare themselves is not looked at. */
  readonly liars?: number
  /** The seed goes when it has sent so many copies. */
  readonly seedLeavesAfterCopies?: number
}

export interface SwarmResult {
  /** Since the start, in seconds. */
  readonly lastDoneSec: number
  readonly medianDoneSec: number
  /** What no protocol can beat: max(F/s, F/d, N*F/(s + N*u)) (Kumar and Ross, 2006). */
  readonly boundSec: number
  /** Bytes on the seed's uplink, everything included, by the file's. */
  readonly seedCopies: number
  readonly unfinished: number
  readonly realSec: number
}

interface Member {
  readonly session: Session
  readonly torrent: Torrent
}

const PORT = 6881

export async function runSwarm(plan: SwarmPlan, limitSec: number): Promise<SwarmResult> {
  const begunAt = process.hrtime.bigint()
  const time = new VirtualTime(plan.seed)
  using _installed = time.install()
  const [least, most] = plan.latencyMs
  const network = new SimNetwork(time, () => least + time.random() * (most - least))
  const torrent = makeTorrent([{ path: 'file', bytes: patternBytes(plan.fileBytes, plan.seed) }], plan.pieceBytes)
  const metainfo = writeTorrent(bareMetainfo(torrent.info))
  const free = new Map<number, Uint8Array<SharedArrayBuffer>[]>()
  const states = makeHome('state')
  const hosts = Array.from({ length: plan.downloaders + 1 }, (_, n) => {
    const ip = plan.isOneNetwork ? `10.0.0.${n}` : `10.${n >> 8}.${n & 255}.1`
    return network.host(ip, plan.isLimitedBySession ? plan.download : uploadOf(plan, n), plan.download)
  })
  const honest = plan.downloaders - (plan.liars ?? 0)
  const joined: SimHost[] = []
  const join = async (host: SimHost, n: number): Promise<Member> => {
    const isLiar = n > honest
    const disk = new MemoryDisk(time, torrent, free, isLiar)
    const listen = [{ ip: host.ip, port: PORT }]
    const limits = plan.isLimitedBySession ? { uploadBytesPerSec: uploadOf(plan, n) } : {}
    // Keys and padding are random, and a seed has to give the same swarm each time.
    const encryption = 'off'
    const session = await Session.open({
      stateDir: `${states}/${n}`,
      disk,
      network: host,
      listen,
      encryption,
      ...limits,
    })
    const mode = n === 0 ? 'seed' : 'download'
    const peers = n === 0 ? [] : someOf(plan.joinEveryMs === undefined ? hosts : joined, host, plan.addresses, time)
    joined.push(host)
    return { session, torrent: session.add({ metainfo }, { dir: `/nowhere/${n}`, mode, seedTrusted: true, peers }) }
  }
  const doneAt: number[] = []
  const unfinished = new Set<Member>()
  const members: Promise<Member>[] = []
  hosts.forEach((host, n) => {
    time.plan(n * (plan.joinEveryMs ?? 0), () => {
      const joining = join(host, n)
      members.push(joining)
      if (n > 0 && n <= honest) void joining.then((member) => unfinished.add(member))
    })
  })
  const look = (): void => {
    for (const one of unfinished) {
      if (!one.torrent.isDone) continue
      unfinished.delete(one)
      doneAt.push(time.now / 1000)
      if (plan.leaveWhenDone === true) void one.session.close()
    }
    const hasGiven =
      (hosts[0]?.sentBytes ?? 0) >= (plan.seedLeavesAfterCopies ?? Number.POSITIVE_INFINITY) * plan.fileBytes
    if (hasGiven) void members[0]?.then(({ session }) => session.close())
    time.plan(100, look)
  }
  look()
  await time.run(() => doneAt.length === honest, limitSec * 1000)
  const seedCopies = (hosts[0]?.sentBytes ?? 0) / plan.fileBytes
  await time.settle(Promise.all(members.map(async (member) => (await member).session.close())))
  const { fileBytes: size, downloaders, upload, download, seedUpload } = plan
  return {
    lastDoneSec: doneAt.at(-1) ?? Number.NaN,
    medianDoneSec: doneAt[doneAt.length >> 1] ?? Number.NaN,
    boundSec: Math.max(size / seedUpload, size / download, (downloaders * size) / (seedUpload + downloaders * upload)),
    seedCopies,
    unfinished: honest - doneAt.length,
    realSec: Number(process.hrtime.bigint() - begunAt) / 1e9,
  }
}

function uploadOf(plan: SwarmPlan, n: number): number {
  return n === 0 ? plan.seedUpload : plan.upload
}

/** The seed is one of them as often as any other host. */
function someOf(hosts: readonly SimHost[], self: SimHost, count: number, time: VirtualTime): Address[] {
  const rest = hosts.filter((host) => host !== self)
  const chosen: Address[] = []
  while (chosen.length < count && rest.length > 0) {
    const [host] = rest.splice(Math.floor(time.random() * rest.length), 1)
    if (host !== undefined) chosen.push({ ip: host.ip, port: PORT })
  }
  return chosen
}
