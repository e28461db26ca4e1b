// The daemon's settings as it told them last. Asked again when it says that they were changed, by whomever.
import { computed, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { isConnected, log, session } from '../state/live.ts'

export const settings = signal<readonly SettingRow[] | undefined>(undefined)

/** Each change is told in the log; the clock's of slow mode is told with the limits. */
const changes = computed(() => {
  const last = log.value.findLast(({ about }) => about === 'session')?.id ?? 0
  return `${isConnected.value} ${session.value?.is_limited} ${last}`
})

let asked = 0

async function loadSettings(): Promise<void> {
  const mine = ++asked
  const answer = await call<{ readonly settings: readonly SettingRow[] }>('shoal_config_get')
  // An answer that was overtaken may be older than a change.
  if (mine === asked) settings.value = answer.settings
}

/** One after the other: the last that was said is what holds. */
let saving: Promise<unknown> = Promise.resolve()

/** Throws ApiError. */
export function saveSetting(name: string, value: string | readonly string[]): Promise<void> {
  const save = async (): Promise<void> => {
    await call('shoal_config_set', { name, value })
    await loadSettings()
  }
  const saved = saving.then(save)
  saving = saved.catch(() => undefined) // told to who saves
  return saved
}

/** `undefined` until they are known. */
export function useSettings(): readonly SettingRow[] | undefined {
  const change = changes.value
  useEffect(() => {
    if (isConnected.peek()) loadSettings().catch(tellError)
  }, [change])
  return settings.value
}
