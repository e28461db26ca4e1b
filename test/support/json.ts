// JSON from programs under test, with its shape checked where it is used.

/** The object, or an error that shows what came instead. */
export function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`expected an object, got ${JSON.stringify(value)}`)
  return Object.fromEntries(Object.entries(value))
}
