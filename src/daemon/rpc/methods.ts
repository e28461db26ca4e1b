// All methods of the API, by the names of Transmission 4.1. docs/protocols/rpc.md describes them; a test compares.
import { CONFIG_METHODS } from './config-methods.ts'
import { DIRECT_METHODS } from './direct-methods.ts'
import { FIND_METHODS } from './find-methods.ts'
import { GROUP_METHODS } from './group-methods.ts'
import type { Method } from './method.ts'
import { PAGE_METHODS } from './page-methods.ts'
import { QUEUE_METHODS } from './queue-methods.ts'
import { SESSION_METHODS } from './session-methods.ts'
import { SHARE_METHODS } from './share-methods.ts'
import { SHOAL_METHODS } from './shoal-methods.ts'
import { TORRENT_METHODS } from './torrent-methods.ts'

export const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...TORRENT_METHODS,
    ...QUEUE_METHODS,
    ...GROUP_METHODS,
    ...SESSION_METHODS,
    ...SHOAL_METHODS,
    ...DIRECT_METHODS,
    ...CONFIG_METHODS,
    ...FIND_METHODS,
    ...PAGE_METHODS,
    ...SHARE_METHODS,
  }),
)
