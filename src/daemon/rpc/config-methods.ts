// Methods on settings: `shoal config` and the page's form.
import * as v from 'valibot'
import { checkChange } from '../setting-change.ts'
import { SETTING_NAMES, settingFromText, settingRow, settingsFromJson } from '../settings.ts'
import { type Method, method } from './method.ts'

/** As text, or as `shoal_config_get` tells it: text cannot say a list of folders with spaces in their names. */
const VALUE = v.union([v.string(), v.number(), v.boolean(), v.array(v.string())])

export const CONFIG_METHODS: Readonly<Record<string, Method>> = {
  shoal_config_get: method(v.object({}), ({ settings }) => ({
    settings: SETTING_NAMES.map((name) => ({ ...settingRow(name, settings[name]) })),
  })),
  shoal_config_set: method(v.object({ name: v.string(), value: VALUE }), async (daemon, { name, value }, caller) => {
    const isText = typeof value === 'string'
    const change = isText ? settingFromText(name, value, 'config') : settingsFromJson({ [name]: value }, 'config')
    await checkChange(daemon, change, caller)
    await daemon.changeSettings(change, caller.pageSession)
    return {}
  }),
}
