// Methods on bandwidth groups: section 4.8 of Transmission's docs/rpc-spec.md.
import * as v from 'valibot'
import type { Group } from '../groups.ts'
import { type JsonObject, type Method, method } from './method.ts'

const kilobytes = v.pipe(v.number(), v.integer(), v.minValue(0))

const SET = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  honors_session_limits: v.optional(v.boolean()),
  speed_limit_down: v.optional(kilobytes),
  speed_limit_down_enabled: v.optional(v.boolean()),
  speed_limit_up: v.optional(kilobytes),
  speed_limit_up_enabled: v.optional(v.boolean()),
})

function changeOf(said: v.InferOutput<typeof SET>): Partial<Group> {
  const all = {
    honorsSessionLimits: said.honors_session_limits,
    downLimit: said.speed_limit_down,
    isDownLimited: said.speed_limit_down_enabled,
    upLimit: said.speed_limit_up,
    isUpLimited: said.speed_limit_up_enabled,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function row([name, group]: readonly [string, Group]): JsonObject {
  return {
    name,
    honors_session_limits: group.honorsSessionLimits,
    speed_limit_down: group.downLimit,
    speed_limit_down_enabled: group.isDownLimited,
    speed_limit_up: group.upLimit,
    speed_limit_up_enabled: group.isUpLimited,
  }
}

export const GROUP_METHODS: Readonly<Record<string, Method>> = {
  group_get: method(
    v.object({ group: v.optional(v.union([v.string(), v.array(v.string())])) }),
    ({ groups }, { group }) => {
      const wanted = group === undefined ? undefined : [group].flat()
      return { group: groups.all.filter(([name]) => wanted?.includes(name) !== false).map(row) }
    },
  ),
  group_set: method(SET, (daemon, said) => {
    daemon.groups.set(said.name, changeOf(said))
    daemon.list.groupChanged(said.name)
    return {}
  }),
}
