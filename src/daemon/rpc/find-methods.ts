// Methods on what is not here yet: what a torrent would be, and what trackers and contacts have.
import * as v from 'valibot'
import { MAX_FOUND } from '../../core/tracker/catalogue-answer.ts'
import { inspect } from '../inspect.ts'
import { type Method, method } from './method.ts'

/** Nobody types more; catalogues cut it anyway. */
const MAX_WORDS_CHARACTERS = 500

const INSPECT = v.object({
  filename: v.optional(v.string()),
  metainfo: v.optional(v.string()),
  source: v.optional(v.string()),
  hash: v.optional(v.string()),
})

const SEARCH = v.object({
  source: v.string(),
  words: v.optional(v.pipe(v.string(), v.maxLength(MAX_WORDS_CHARACTERS)), ''),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_FOUND)), MAX_FOUND),
})

export const FIND_METHODS: Readonly<Record<string, Method>> = {
  shoal_inspect: method(INSPECT, async (daemon, wanted) => ({ ...(await inspect(daemon, wanted)) })),
  shoal_search_sources: method(v.object({}), ({ search }) => ({
    sources: search.sources().map((source) => ({ ...source })),
  })),
  shoal_search: method(SEARCH, async ({ search }, { source, words, limit }) => ({
    found: (await search.find(source, words, limit)).map((row) => ({ ...row })),
  })),
}
