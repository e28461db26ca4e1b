// What values settings can have: how one is written as text and in JSON, and what a form offers for it.
import { isAbsolute } from 'node:path'
import { parseListenAddress } from '../core/address.ts'
import type { SettingRow } from './rpc/types.ts'

export type SettingValue = SettingRow['value']

/** What a form shows: a field, a switch, or words to choose from. */
export interface SettingForm {
  readonly kind: SettingRow['kind']
  readonly choices?: readonly string[]
  readonly least?: number
  readonly most?: number
}

export interface SettingKind<T extends SettingValue> {
  /** For whoever gave something else. */
  readonly expected: string
  readonly form: SettingForm
  /** `undefined`: not of this kind. */
  readonly fromJson: (value: unknown) => T | undefined
  readonly fromText: (text: string) => T | undefined
}

export const flag: SettingKind<boolean> = {
  expected: 'true or false',
  form: { kind: 'flag' },
  fromJson: (value) => (typeof value === 'boolean' ? value : undefined),
  fromText: (text) => ({ true: true, on: true, yes: true, false: false, off: false, no: false })[text],
}

function numeric(least: number, most: number, isWhole: boolean): SettingKind<number> {
  const check = (n: number): number | undefined =>
    n >= least && n <= most && (!isWhole || Number.isInteger(n)) ? n : undefined
  return {
    expected: `a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`,
    form: { kind: 'number', least, most },
    fromJson: (value) => (typeof value === 'number' ? check(value) : undefined),
    fromText: (text) => (/^\d{1,12}(\.\d{1,6})?$/.test(text) ? check(Number(text)) : undefined),
  }
}

export const count = (least: number, most: number): SettingKind<number> => numeric(least, most, true)
export const decimal = (least: number, most: number): SettingKind<number> => numeric(least, most, false)

function textual(
  expected: string,
  isGood: (text: string) => boolean,
  kind: 'text' | 'folder' | 'secret' = 'text',
): SettingKind<string> {
  const check = (text: string): string | undefined => (isGood(text) ? text : undefined)
  return {
    expected,
    form: { kind },
    fromJson: (value) => (typeof value === 'string' ? check(value) : undefined),
    fromText: check,
  }
}

export function choice<Word extends string>(...choices: readonly Word[]): SettingKind<Word> {
  const find = (text: unknown): Word | undefined => choices.find((word) => word === text)
  return { expected: choices.join(' or '), form: { kind: 'choice', choices }, fromJson: find, fromText: find }
}

export function several(one: SettingKind<string>): SettingKind<readonly string[]> {
  const check = (texts: readonly unknown[]): readonly string[] | undefined => {
    const values = texts.map(one.fromJson)
    return values.every((value) => value !== undefined) ? values : undefined
  }
  return {
    expected: `a list, each ${one.expected}`,
    form: { kind: 'list' },
    fromJson: (value) => (Array.isArray(value) ? check(value) : undefined),
    fromText: (text) => check(listIn(text)),
  }
}

/** Words, or JSON where they have spaces. An address of IPv6 begins as JSON does. */
function listIn(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list
  } catch {
    // Then it is words.
  }
  return text === '' ? [] : text.split(/[\s,]+/)
}

const isListenAddress = (text: string): boolean => parseListenAddress(text) !== undefined
export const address = textual('ip:port, such as 127.0.0.1:9091 or [::1]:9091', isListenAddress)
export const hostName = textual('the name of a host', (text) => /^[\w.-]{1,253}$/.test(text))
export const folder = textual('the absolute path of a folder', isAbsolute, 'folder')
export const maybeFolder = textual(
  'the absolute path of a folder, or nothing',
  (text) => text === '' || isAbsolute(text),
  'folder',
)
export const personName = textual('a name of up to 64 letters', (text) => text.trim() !== '' && text.length <= 64)
export const words = textual('text', () => true)
export const secret = textual('text', () => true, 'secret')
export const announceUrl = textual(
  'the announce URL of a tracker (http, https or udp)',
  (text) => /^(https?|udp):\/\/[^\s/]+\/?/.test(text) && URL.canParse(text),
)
export const kilobytes = count(0, 100_000_000)
export const minutes = count(0, 24 * 60 - 1)
