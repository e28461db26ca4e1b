// People for tests: each with a folder of its own, on a free port of this machine.
import dgram from 'node:dgram'
import { once } from 'node:events'
import { Direct, type DirectOptions, type DirectSettings } from '../../src/direct/direct.ts'
import { openStateDatabase } from '../../src/engine/resume.ts'
import { makeHome } from './program.ts'

export interface Person extends AsyncDisposable {
  readonly direct: Direct
  /** May be changed while it runs. */
  readonly settings: { -readonly [Key in keyof DirectSettings]: DirectSettings[Key] }
}

export async function person(
  name: string,
  change: Partial<DirectSettings> = {},
  options: Partial<DirectOptions> = {},
): Promise<Person> {
  const stateDir = options.stateDir ?? makeHome(name)
  const settings = {
    name,
    receiveDir: makeHome(`${name}-got`),
    accept: 'trusted' as const,
    pin: '',
    sharedDir: '',
    ...change,
  }
  const db = openStateDatabase(stateDir)
  const direct = await Direct.open({
    stateDir,
    db,
    settings: () => settings,
    host: '127.0.0.1',
    port: 0,
    isPortChosen: true,
    ...options,
  })
  let ended: Promise<void> | undefined
  const end = async (): Promise<void> => {
    await direct.close()
    db.close()
  }
  return { direct, settings, [Symbol.asyncDispose]: () => (ended ??= end()) }
}

/** One knows the other by name, and each the other's certificate. */
export async function introduce(one: Person, other: Person): Promise<void> {
  const { name } = other.settings
  await one.direct.add(name, { ip: '127.0.0.1', port: other.direct.port })
}

/** For several who listen on the same: it must be one that nobody has. */
export async function freeUdpPort(): Promise<number> {
  const probe = dgram.createSocket('udp4').bind(0)
  await once(probe, 'listening')
  const { port } = probe.address()
  await new Promise<void>((resolve) => probe.close(resolve))
  return port
}
