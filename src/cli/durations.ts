// Lengths of time as people type and read them.

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `20s`, `1h30m`, `500ms`; a bare number is seconds. `undefined` if it is no time. */
export function parseDuration(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000
  if (!/^(?:\d{1,10}(?:\.\d{1,10})?(?:ms|[smhd]))+$/i.test(text)) return undefined
  let ms = 0
  for (const [, number = '', unit = ''] of text.matchAll(/([\d.]+)(ms|[smhd])/gi)) {
    ms += Number(number) * (UNIT_MS[unit.toLowerCase()] ?? 0)
  }
  return Math.round(ms)
}

/** The two greatest units: `8s`, `2m05s`, `1h30m`, `3d04h`. */
export function printDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  const two = (n: number): string => String(n).padStart(2, '0')
  if (days > 0) return `${days}d${two(hours % 24)}h`
  if (hours > 0) return `${hours}h${two(minutes % 60)}m`
  if (minutes > 0) return `${minutes}m${two(seconds % 60)}s`
  return `${seconds}s`
}
