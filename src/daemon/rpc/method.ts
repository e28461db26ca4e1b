// What an RPC method is: a schema for what comes in, and what it does.
import * as v from 'valibot'
import { AppError } from '../../core/errors.ts'
import type { Daemon } from '../daemon.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }
export type JsonObject = { readonly [key: string]: Json | undefined }

/** Who calls. */
export interface Caller {
  /** By the socket in the state folder, which only its owner can open. */
  readonly isLocal: boolean
  /** The number of the page's session; absent for programs. */
  readonly pageSession?: number | undefined
}

export interface Method {
  /** Throws AppError 'usage' for what the schema does not take; else AppError for what failed. */
  readonly call: (daemon: Daemon, params: unknown, caller: Caller) => JsonObject | Promise<JsonObject>
}

/** Keys that a schema does not name are ignored, as Transmission does: newer clients send more. */
export function method<Schema extends v.GenericSchema>(
  schema: Schema,
  run: (daemon: Daemon, params: v.InferOutput<Schema>, caller: Caller) => JsonObject | Promise<JsonObject>,
): Method {
  return {
    call: (daemon, params, caller) => {
      const checked = v.safeParse(schema, params ?? {})
      if (!checked.success) throw new AppError('usage', explain(checked.issues[0]))
      return run(daemon, checked.output, caller)
    },
  }
}

/** A sentence on what a schema does not take. */
export function explain(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue) ?? 'params'
  return `${place}: expected ${issue.expected ?? 'something else'}, got ${issue.received}`
}

const torrentId = v.union([v.pipe(v.number(), v.integer()), v.string()])

/** A number, a hash, a list of both, or 'recently_active'; absent for all torrents. */
export const ids = v.optional(v.union([torrentId, v.array(torrentId)]))
export type Ids = v.InferOutput<typeof ids>
