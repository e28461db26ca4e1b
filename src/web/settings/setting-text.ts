// Values of settings as text in a field, and back.
import type { SettingRow } from '../../daemon/rpc/types.ts'

/** Lists: one a line. Secrets are never told, only that there is one. */
export function textOf({ kind, value }: SettingRow): string {
  if (kind === 'secret') return ''
  return typeof value === 'object' ? value.join('\n') : String(value)
}

/** For `shoal_config_set`, which judges it. Spaces in the names of folders are part of them. */
export function valueOf({ kind }: Pick<SettingRow, 'kind'>, text: string): string | readonly string[] {
  if (kind === 'list') return linesOf(text)
  return kind === 'secret' ? text : text.trim()
}

export function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** The daemon says first where the value came from: here that is plain to see. */
export function withoutPlace(message: string): string {
  const text = message.replace(/^config: /i, '')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `about` ends with what values there are, which a form shows by itself. */
export function helpOf(about: string): string {
  const text = about.replace(/ \((?:[^()]|\([^()]*\))*\)$/, '')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
