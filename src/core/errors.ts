// The three kinds of failure (ARCHITECTURE.md, "Failures"): the world fails (AppError), we are wrong (assert),
// and a peer misbehaves (a Violation, which lives in wire/violation.ts because only the wire knows its words).

/** Stable words for what can go wrong outside of us. Programs and tests look at these; messages may change. */
export type ErrorCode =
  | 'usage'
  | 'not-found'
  | 'exists'
  | 'bad-metainfo'
  | 'bad-magnet'
  | 'bad-address'
  | 'bad-answer'
  | 'disk-full'
  | 'disk-permission'
  | 'disk-read-only'
  | 'disk-error'
  | 'data-missing'
  | 'port-in-use'
  | 'network'
  | 'timeout'
  | 'tracker'
  | 'busy'
  | 'incomplete'
  | 'interrupted'
  | 'internal'

/** Something outside of us failed. `message` is one sentence for a person, with a way out where there is one. */
export class AppError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
  }
}

/** States what must be true if our own code is right; throws an error that names the broken belief. */
export function assert(condition: boolean, belief: string): asserts condition {
  if (!condition) throw new Error(`broken assumption: ${belief}`)
}
