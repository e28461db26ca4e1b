// Times of day and days of the week, as the settings of the schedule hold them: minutes, and a bit a day from Sunday on.

/** In the order in which weeks are read here: Monday first. */
export const DAYS = [1, 2, 3, 4, 5, 6, 0] as const
const HOUR_MIN = 60
const DAY_MIN = 24 * HOUR_MIN

/** `09:05`, as fields for times have it. */
export function timeOf(minutes: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(Math.floor(minutes / HOUR_MIN))}:${two(minutes % HOUR_MIN)}`
}

/** `undefined` for what is no time, such as a field that was emptied. */
export function minutesOf(time: string): number | undefined {
  const [, hours = '', minutes = ''] = /^(\d{2}):(\d{2})(?::\d{2})?$/.exec(time) ?? []
  if (hours === '') return undefined
  const sum = Number(hours) * HOUR_MIN + Number(minutes)
  return sum < DAY_MIN && Number(minutes) < HOUR_MIN ? sum : undefined
}

export function hasDay(days: number, day: number): boolean {
  return (days & (1 << day)) !== 0
}

export function withDay(days: number, day: number, isOn: boolean): number {
  return isOn ? days | (1 << day) : days & ~(1 << day)
}
