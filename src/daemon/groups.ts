// Bandwidth groups: torrents that share a limit of their own (Transmission's RPC, section 4.8).
import * as v from 'valibot'
import type { GroupGates } from '../engine/torrent-control.ts'
import { RateGate } from '../engine/rate-gate.ts'
import { type Database, textOf } from '../io/database.ts'

const kilobytes = v.pipe(v.number(), v.integer(), v.minValue(0))

export const GROUP = v.object({
  honorsSessionLimits: v.optional(v.boolean(), true),
  /** kB/s, and whether it holds. */
  downLimit: v.optional(kilobytes, 0),
  isDownLimited: v.optional(v.boolean(), false),
  upLimit: v.optional(kilobytes, 0),
  isUpLimited: v.optional(v.boolean(), false),
})
export type Group = Readonly<v.InferOutput<typeof GROUP>>

interface Running extends GroupGates {
  group: Group
}

export class Groups {
  readonly #db: Database
  readonly #groups = new Map<string, Running>()

  constructor(db: Database) {
    this.#db = db
    for (const row of db.all('SELECT * FROM bandwidth_groups')) {
      const read = v.safeParse(v.pipe(v.string(), v.parseJson(), GROUP), textOf(row['settings']) ?? '')
      if (read.success) this.#run(textOf(row['name']) ?? '', read.output)
    }
  }

  get all(): [name: string, group: Group][] {
    return [...this.#groups].map(([name, { group }]) => [name, group])
  }

  /** Makes the group if there is none of this name; holds at once. */
  set(name: string, change: Partial<Group>): void {
    const group = { ...(this.#groups.get(name)?.group ?? v.parse(GROUP, {})), ...change }
    const sql = 'INSERT OR REPLACE INTO bandwidth_groups (name, settings) VALUES (?, ?)'
    this.#db.run(sql, name, JSON.stringify(group))
    this.#run(name, group)
  }

  /** `undefined`: there is no such group, and so no limit of it. */
  gatesOf(name: string): GroupGates | undefined {
    return this.#groups.get(name)
  }

  #run(name: string, group: Group): void {
    const before = this.#groups.get(name)
    const download = before?.download ?? new RateGate(undefined)
    const upload = before?.upload ?? new RateGate(undefined)
    download.limit(group.isDownLimited ? group.downLimit * 1000 : undefined)
    upload.limit(group.isUpLimited ? group.upLimit * 1000 : undefined)
    this.#groups.set(name, { group, download, upload, honorsSession: group.honorsSessionLimits })
  }

  close(): void {
    for (const { download, upload } of this.#groups.values()) for (const gate of [download, upload]) gate.close()
  }
}
