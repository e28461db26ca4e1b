// Methods for the page in the browser, besides those of torrents and people.
import * as v from 'valibot'
import { AppError } from '../../core/errors.ts'
import type { Daemon } from '../daemon.ts'
import { CODE_SEC } from '../page-codes.ts'
import { type JsonObject, type Method, method } from './method.ts'

/** The code stands behind `#`: browsers send that to nobody, and so it is in no log and no Referer. */
function pageLink({ rpcUrl, pageCodes }: Daemon): JsonObject {
  if (rpcUrl === undefined)
    throw new AppError('not-found', 'there is no page without a daemon that stays: "shoal daemon"')
  const url = new URL('/', rpcUrl)
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1' // every address is no address
  url.hash = `enter=${pageCodes.issue()}`
  return { url: url.href, expiresInSec: CODE_SEC }
}

export const PAGE_METHODS: Readonly<Record<string, Method>> = {
  shoal_page_link: method(v.object({}), pageLink),
}
