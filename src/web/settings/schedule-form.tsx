// Slow mode: other limits, now or by the clock. The clock has a time to begin and one to end, and days of the week.
import type { JSX } from 'preact'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { words } from '../words/words.ts'
import { DAYS, hasDay, minutesOf, timeOf, withDay } from './clock.ts'
import { SettingItem } from './setting-item.tsx'
import { describedBy, idsOf, labelOf, SettingLine } from './setting-line.tsx'
import { useField } from './use-field.ts'

const text = words.settings
/** What this form draws by itself; others follow as in any section. */
const LIMITS: readonly string[] = ['alt-on', 'alt-down-limit', 'alt-up-limit']
const CLOCK: readonly string[] = ['alt-schedule-on', 'alt-begin', 'alt-end', 'alt-days']

export function ScheduleForm({ rows }: { readonly rows: readonly SettingRow[] }): JSX.Element {
  const one = (name: string): SettingRow | undefined => rows.find((row) => row.name === name)
  const [isOn, begin, end, days] = CLOCK.map(one)
  const limits = LIMITS.flatMap((name) => one(name) ?? [])
  const others = rows.filter(({ name }) => !LIMITS.includes(name) && !CLOCK.includes(name))
  return (
    <>
      <section class="card settings" aria-labelledby="slow-limits">
        <h2 id="slow-limits">{text.limitsTitle}</h2>
        {[...limits, ...others].map((row) => (
          <SettingItem key={row.name} row={row} toggle={undefined} />
        ))}
      </section>
      <section class="card settings" aria-labelledby="slow-clock">
        <h2 id="slow-clock">{text.clockTitle}</h2>
        {isOn !== undefined && <SettingItem row={isOn} toggle={undefined} />}
        {begin !== undefined && <Time row={begin} />}
        {end !== undefined && <Time row={end} after={begin} />}
        {days !== undefined && <Days row={days} />}
      </section>
    </>
  )
}

function Time({ row, after }: { readonly row: SettingRow; readonly after?: SettingRow | undefined }): JSX.Element {
  const field = useField(row)
  const minutes = Number(field.text)
  const isNextDay = after !== undefined && minutes < Number(after.value)
  return (
    <SettingLine row={row} fields={[field]}>
      <span class="amount">
        <input
          {...describedBy(row, field)}
          class="input number"
          type="time"
          value={timeOf(minutes)}
          onInput={(event) => {
            // While it is typed there may be no time in it.
            const typed = minutesOf(event.currentTarget.value)
            if (typed !== undefined) field.type(String(typed))
          }}
          onBlur={() => field.commit()}
          onKeyDown={(event) => {
            if (event.key === 'Enter') field.commit()
            else if (event.key === 'Escape') field.revert()
          }}
        />
        {after !== undefined && <span class="unit quiet small">{isNextDay ? text.nextDay : ''}</span>}
      </span>
    </SettingLine>
  )
}

function Days({ row }: { readonly row: SettingRow }): JSX.Element {
  const field = useField(row)
  const days = Number(field.text)
  return (
    <SettingLine row={row} fields={[field]} isWide isGroup>
      <div id={idsOf(row).control} class="days" role="group" aria-label={labelOf(row)}>
        {DAYS.map((day) => {
          const isOn = hasDay(days, day)
          return (
            <button
              key={day}
              type="button"
              class="chip"
              aria-pressed={isOn}
              aria-label={text.days[day]}
              onClick={() => void field.save(String(withDay(days, day, !isOn)))}
            >
              {text.shortDays[day]}
            </button>
          )
        })}
      </div>
    </SettingLine>
  )
}
