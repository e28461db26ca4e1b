// A daemon inside this process, served to other commands: what `shoal daemon` and the shell are.
import { Daemon } from '../daemon/daemon.ts'
import { type Served, serve, serveLocally } from '../daemon/http-server.ts'
import { type SettingsChange, settingsFromEnv } from '../daemon/settings.ts'

export interface ServedDaemon extends AsyncDisposable {
  readonly daemon: Daemon
  readonly served: Served
}

/** For a single command: nothing starts, and nobody outside hears of it. Throws as `openServed`. */
export async function openHeld(stateDir: string): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const session = { listen: [{ ip: '127.0.0.1', port: 0 }] }
  const daemon = await Daemon.open({ stateDir, settings: settingsFromEnv(process.env), session, isHeld: true })
  stack.defer(() => daemon.close())
  const served = await serveLocally(daemon)
  stack.defer(() => served.close())
  return stack.move()
}

/** `flags` go before the environment. Throws AppError: 'busy' if there is a daemon already, 'usage', 'port-in-use'. */
export async function openServed(stateDir: string, flags: SettingsChange): Promise<ServedDaemon> {
  await using stack = new AsyncDisposableStack()
  const daemon = await Daemon.open({ stateDir, settings: { ...settingsFromEnv(process.env), ...flags } })
  stack.defer(() => daemon.close())
  const served = await serve(daemon)
  stack.defer(() => served.close())
  const all = stack.move()
  return { daemon, served, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
