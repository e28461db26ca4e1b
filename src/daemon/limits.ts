// Which of the daemon's rate limits hold now: the usual or the alternative ones, the latter perhaps by the clock.
import type { Settings } from './settings.ts'

export interface Limits {
  /** Bytes per second; absent: no limit. */
  readonly download: number | undefined
  readonly upload: number | undefined
}

export function limitsNow(settings: Settings): Limits {
  if (settings['alt-on'])
    return { download: settings['alt-down-limit'] * 1000, upload: settings['alt-up-limit'] * 1000 }
  return {
    download: settings['down-limit-on'] ? settings['down-limit'] * 1000 : undefined,
    upload: settings['up-limit-on'] ? settings['up-limit'] * 1000 : undefined,
  }
}

/** Does the schedule want the alternative limits at this time? A span over midnight belongs to the day it begins on. */
export function isScheduled(settings: Settings, now: Date): boolean {
  const { 'alt-begin': begin, 'alt-end': end, 'alt-days': days } = settings
  const minute = now.getHours() * 60 + now.getMinutes()
  const isOn = (day: number): boolean => (days & (1 << ((day + 7) % 7))) !== 0
  if (begin <= end) return isOn(now.getDay()) && minute >= begin && minute < end
  return minute >= begin ? isOn(now.getDay()) : minute < end && isOn(now.getDay() - 1)
}
