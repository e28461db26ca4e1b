// Which settings stand where in the form, and which two make one line. No names are needed but for slow mode, so that a
// setting that the daemon has and this page does not know yet is shown all the same.
import type { SettingRow, SettingSection } from '../../daemon/rpc/types.ts'

const SETTING_SECTIONS = [
  'downloads',
  'sharing',
  'speed',
  'schedule',
  'queue',
  'seeding',
  'people',
  'network',
  'page',
] as const satisfies readonly SettingSection[]

/** In the order in which they are listed. */
export const SECTIONS = ['status', ...SETTING_SECTIONS, 'browsers'] as const
export type Section = (typeof SECTIONS)[number]

export function sectionOf(text: string | undefined): Section {
  return SECTIONS.find((section) => section === text) ?? 'status'
}

/** A setting; `toggle`: the one that says whether it holds. */
export interface Planned {
  readonly row: SettingRow
  readonly toggle: SettingRow | undefined
}

/** The alternative limits are one thing for people, whatever each belongs to for the daemon. */
function placeOf({ name, section }: SettingRow): SettingSection {
  return name.startsWith('alt-') ? 'schedule' : section
}

/** `down-limit` and `down-limit-on` are one. */
export function planOf(rows: readonly SettingRow[], section: Section): readonly Planned[] {
  const here = rows.filter((row) => placeOf(row) === section)
  const byName = new Map(here.map((row) => [row.name, row]))
  const toggleOf = ({ name }: SettingRow): SettingRow | undefined => {
    const toggle = byName.get(`${name}-on`)
    return toggle?.kind === 'flag' ? toggle : undefined
  }
  const isToggle = ({ name, kind }: SettingRow): boolean =>
    kind === 'flag' && name.endsWith('-on') && byName.has(name.slice(0, -'-on'.length))
  return here.filter((row) => !isToggle(row)).map((row) => ({ row, toggle: toggleOf(row) }))
}
