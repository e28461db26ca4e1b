// Methods for sharing: folders of this machine to choose from, and torrents that the daemon makes.
import * as v from 'valibot'
import { allowedSources } from '../allowed-folders.ts'
import { browse, makeFolder } from '../browse.ts'
import type { Daemon } from '../daemon.ts'
import { type JsonObject, type Method, method } from './method.ts'
import type { JobRow } from './page-types.ts'

/** More are no help: each is announced to. */
const MAX_TRACKERS = 100
/** A .torrent has room for more, readers have not. */
const MAX_COMMENT_CHARACTERS = 4_096

const SHARE = v.object({
  path: v.string(),
  trackers: v.optional(v.pipe(v.array(v.string()), v.maxLength(MAX_TRACKERS))),
  unlisted: v.optional(v.boolean(), false),
  private: v.optional(v.boolean(), false),
  version: v.optional(v.picklist(['v1', 'v2', 'hybrid']), 'v1'),
  comment: v.optional(v.pipe(v.string(), v.maxLength(MAX_COMMENT_CHARACTERS))),
})

async function share(daemon: Daemon, wanted: v.InferOutput<typeof SHARE>): Promise<JsonObject> {
  const [path = wanted.path] = await allowedSources(daemon, [wanted.path])
  const row = daemon.jobs.begin({
    path,
    trackers: wanted.trackers ?? daemon.settings.trackers,
    isUnlisted: wanted.unlisted,
    isPrivate: wanted.private,
    version: wanted.version,
    comment: wanted.comment === '' ? undefined : wanted.comment,
  })
  return forWire(row)
}

function forWire(row: JobRow): JsonObject {
  return { ...row }
}

export const SHARE_METHODS: Readonly<Record<string, Method>> = {
  shoal_browse: method(v.object({ path: v.optional(v.string()) }), async (daemon, { path }) => {
    const listing = await browse(daemon, path)
    return { ...listing, entries: listing.entries.map((entry) => ({ ...entry })) }
  }),
  shoal_make_folder: method(v.object({ path: v.string() }), async (daemon, { path }) => ({
    path: await makeFolder(daemon, path),
  })),
  shoal_share: method(SHARE, share),
  shoal_jobs: method(v.object({}), ({ jobs }) => ({ jobs: jobs.rows().map(forWire) })),
  shoal_job_cancel: method(v.object({ id: v.number() }), ({ jobs }, { id }) => {
    jobs.cancel(id)
    return {}
  }),
}
