// Sizes and rates as people type and read them. Decimal, as on the labels of disks and in file managers: 2M is
// 2,000,000 bytes; KiB, MiB and GiB are the multiples of 1,024.

const POWERS = 'kmgt'

/** Bytes of `500K`, `1.5MB`, `2MiB`, `2M/s`; `undefined` if it is no size. `bareUnit`: what K, M, G multiply by. */
export function parseSize(text: string, bareUnit: 1000 | 1024 = 1000): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,15})?)(?:([kmgt])(i?)b?|b?)(?:\/s)?$/i.exec(text)
  if (match === null) return undefined
  const [, number = '', letter = '', binary = ''] = match
  const unit = binary === '' ? bareUnit : 1024
  const power = letter === '' ? 0 : POWERS.indexOf(letter.toLowerCase()) + 1
  const bytes = Number(number) * unit ** power
  if (power === 0 && !Number.isInteger(bytes)) return undefined
  return bytes <= Number.MAX_SAFE_INTEGER ? Math.round(bytes) : undefined
}

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** Three digits: `999 B`, `1.23 kB`, `45.6 MB`. */
export function printSize(bytes: number): string {
  const whole = Math.max(0, Math.round(bytes))
  if (whole < 1000) return `${whole} B`
  let value = whole / 1000
  let unit = 0
  // 999.5 would be rounded to four digits.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${UNITS[unit]}`
}

export function printRate(bytesPerSec: number): string {
  return `${printSize(bytesPerSec)}/s`
}

/** As the daemon counts limits; never 0, which would be a limit of nothing. */
export function kilobytes(bytesPerSec: number): number {
  return Math.max(1, Math.round(bytesPerSec / 1000))
}

/** Piece lengths are powers of two: `256 KiB`, `4 MiB`. */
export function printPieceLength(bytes: number): string {
  if (bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2} MiB`
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`
}
