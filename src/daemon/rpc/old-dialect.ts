// The names of Transmission's RPC before 4.1: kebab-case for methods and most arguments, camelCase for what is told of
// torrents. Requests are understood in any spelling; answers are spelled as those clients expect
// (docs/rpc-spec.md of Transmission 4.0.6).
import type { Json, JsonObject } from './method.ts'

/** `torrent-get`, `downloadDir`, `peer-limit`, `download_dir`: all as snake_case. */
export function toSnake(name: string): string {
  return name.replaceAll('-', '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

const toCamel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const toKebab = (name: string): string => name.replaceAll('_', '-')

function mapKeys(value: Json | undefined, rename: (key: string) => string): Json | undefined {
  if (Array.isArray(value)) return value.map((item: Json) => mapKeys(item, rename) ?? null)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), mapKeys(item, rename)]))
}

/** Of `arguments`: keys, and the names in `fields`. */
export function oldParams(params: JsonObject): JsonObject {
  const renamed = Object.fromEntries(Object.entries(params).map(([key, value]) => [toSnake(key), value]))
  const { fields, ids } = renamed
  return {
    ...renamed,
    ...(Array.isArray(fields) && {
      fields: fields.map((field: Json) => (typeof field === 'string' ? toSnake(field) : field)),
    }),
    ...(ids === 'recently-active' && { ids: 'recently_active' }),
  }
}

/** Spelled otherwise than the rest of their answers. */
const CAMEL_IN_SESSION: ReadonlySet<string> = new Set(['seed_ratio_limit', 'seed_ratio_limited'])
const KEBAB_IN_STATS: ReadonlySet<string> = new Set(['cumulative_stats', 'current_stats'])
const KEBAB_IN_TORRENT: ReadonlySet<string> = new Set(['file_count', 'peer_limit', 'primary_mime_type'])
const SNAKE: ReadonlySet<string> = new Set(['total_size', 'sequential_download_from_piece'])

/** Old clients read 0 and 1 there. */
const AS_NUMBERS = 'wanted'

/** `asked`: the fields in the spelling of the question, which is that of the answer. */
export function oldResult(method: string, result: JsonObject, asked: readonly string[]): JsonObject {
  switch (method) {
    case 'torrent_get':
      return { ...result, torrents: oldTorrents(result['torrents'], asked) }
    case 'session_get':
      return mapKeys(result, (key) => (CAMEL_IN_SESSION.has(key) ? toCamel(key) : toKebab(key))) as JsonObject
    case 'session_stats':
      return mapKeys(result, (key) => (KEBAB_IN_STATS.has(key) ? toKebab(key) : toCamel(key))) as JsonObject
    case 'torrent_add':
      return Object.fromEntries(Object.entries(result).map(([key, value]) => [toKebab(key), mapKeys(value, toCamel)]))
    default:
      return mapKeys(result, (key) => (SNAKE.has(key) ? key : toKebab(key))) as JsonObject
  }
}

function oldTorrents(torrents: Json | undefined, asked: readonly string[]): Json {
  const spelling = new Map(asked.map((name) => [toSnake(name), name]))
  const nameOf = (key: string): string => spelling.get(key) ?? (KEBAB_IN_TORRENT.has(key) ? toKebab(key) : toCamel(key))
  if (!Array.isArray(torrents)) return []
  return torrents.map((torrent: Json) => {
    if (Array.isArray(torrent))
      return torrent.map((cell: Json) =>
        typeof cell === 'string' ? (spelling.get(cell) ?? cell) : (mapKeys(cell, toCamel) ?? null),
      )
    const entries = Object.entries(torrent ?? {}).map(([key, value]): [string, Json] => {
      const old = key === AS_NUMBERS && Array.isArray(value) ? value.map(Number) : mapKeys(value as Json, toCamel)
      return [nameOf(key), old ?? null]
    })
    return Object.fromEntries(entries)
  })
}
