// Daemons for tests: on any free ports of this machine, with a state folder of their own.
import { Daemon } from '../../src/daemon/daemon.ts'
import { type RequestTimes, serve } from '../../src/daemon/http-server.ts'
import type { Caller, JsonObject } from '../../src/daemon/rpc/method.ts'
import { answerRequest } from '../../src/daemon/rpc/dispatch.ts'
import type { SettingsChange } from '../../src/daemon/settings.ts'
import { readOrMakeToken } from '../../src/daemon/token.ts'
import { makeHome } from './program.ts'
import { LOOPBACK } from './session.ts'

/** Who calls by the socket in the state folder, and who by HTTP. */
export const LOCAL: Caller = { isLocal: true }
export const REMOTE: Caller = { isLocal: false }

export interface TestDaemon extends AsyncDisposable {
  readonly daemon: Daemon
  /** A method's result, or its whole answer if it failed; by the owner, if nobody else is named. */
  call(method: string, params?: object, caller?: Caller): Promise<JsonObject>
}

/** Not served: called as if a request had come. */
export async function openDaemon(settings: SettingsChange = {}, stateDir = makeHome('daemon')): Promise<TestDaemon> {
  const daemon = await Daemon.open({
    stateDir,
    settings: { 'rpc-listen': '127.0.0.1:0', 'direct-on': false, 'download-dir': makeHome('downloads'), ...settings },
    session: { listen: LOOPBACK },
  })
  return {
    daemon,
    async call(method, params = {}, caller = LOCAL) {
      const answer = await answerRequest(daemon, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), caller)
      const { result } = answer as { result?: JsonObject }
      return result ?? (answer as JsonObject)
    },
    [Symbol.asyncDispose]: () => daemon.close(),
  }
}

export interface ServedDaemon extends TestDaemon {
  readonly url: string
  readonly token: string
  /** What it does not answer from then on is no wonder. */
  hasEnded(): boolean
}

export interface ServeOptions {
  readonly times?: RequestTimes
  readonly pageFolder?: string
  readonly stateDir?: string
}

export async function serveDaemon(settings: SettingsChange = {}, options: ServeOptions = {}): Promise<ServedDaemon> {
  await using stack = new AsyncDisposableStack()
  const opened = stack.use(await openDaemon(settings, options.stateDir))
  const served = stack.adopt(await serve(opened.daemon, options.times, options.pageFolder), (one) => one.close())
  const all = stack.move()
  let isEnding = false
  return {
    ...opened,
    url: served.url,
    token: readOrMakeToken(opened.daemon.stateDir),
    hasEnded: () => isEnding,
    [Symbol.asyncDispose]: () => {
      isEnding = true
      return all.disposeAsync()
    },
  }
}
