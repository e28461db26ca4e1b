// What users want of one torrent, as it is kept between runs. Transmission's RPC names the same things.
import * as v from 'valibot'

/** Of a limit: this torrent's own, the daemon's, or none. Numbers as in Transmission's RPC (tr_ratiolimit). */
export const GOAL_MODE = { global: 0, own: 1, none: 2 } as const

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const goalMode = v.optional(v.picklist(Object.values(GOAL_MODE)), GOAL_MODE.global)

const renames = v.array(v.object({ path: v.string(), name: v.string() }))

const WISHES = v.object({
  isStopped: v.optional(v.boolean(), false),
  /** What is wanted of it waits to be chosen: nothing is asked of peers but the metainfo of a link. */
  isUndecided: v.optional(v.boolean(), false),
  labels: v.optional(v.array(v.string()), []),
  /** By file number: 0 unwanted, 1 low .. 4 normal .. 7 high; absent: as the torrent or link has it. */
  priorities: v.optional(v.array(v.pipe(count, v.maxValue(7)))),
  /** The lower, the sooner its turn: see queue-order.ts. */
  queueKey: v.optional(v.number(), 0),
  isSequential: v.optional(v.boolean(), false),
  /** Tiers instead of the torrent's own. */
  trackers: v.optional(v.array(v.array(v.string()))),
  /** What its files and folders are called here, see core/metainfo/renames.ts. */
  renames: v.optional(renames, []),
  /** Its files are on their way to this place. */
  movingTo: v.optional(v.object({ dir: v.string(), renames })),
  /** In kB/s, and whether it holds: users switch a limit off and on again. */
  downloadLimit: v.optional(count, 100),
  isDownloadLimited: v.optional(v.boolean(), false),
  uploadLimit: v.optional(count, 100),
  isUploadLimited: v.optional(v.boolean(), false),
  /** Whose limits it shares, see groups.ts; empty: nobody's. */
  group: v.optional(v.string(), ''),
  honorsSessionLimits: v.optional(v.boolean(), true),
  maxPeers: v.optional(v.pipe(count, v.minValue(1))),
  seedRatioMode: goalMode,
  seedRatio: v.optional(v.pipe(v.number(), v.minValue(0)), 2),
  seedIdleMode: goalMode,
  /** Minutes without a byte given. */
  seedIdle: v.optional(count, 30),
})

export type Wishes = Readonly<v.InferOutput<typeof WISHES>>

export const NO_WISHES: Wishes = v.parse(WISHES, {})

/** As kept; what this version cannot read is as if nobody had wished it. */
export function readWishes(json: string): Wishes {
  const wishes = v.safeParse(v.pipe(v.string(), v.parseJson(), WISHES), json)
  return wishes.success ? wishes.output : NO_WISHES
}

/** The limits that hold, in bytes per second. */
export function limitsOf(wishes: Wishes): {
  readonly download: number | undefined
  readonly upload: number | undefined
} {
  return {
    download: wishes.isDownloadLimited ? wishes.downloadLimit * 1000 : undefined,
    upload: wishes.isUploadLimited ? wishes.uploadLimit * 1000 : undefined,
  }
}
