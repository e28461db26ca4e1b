// Sessions for tests: on any free port of this machine, with a state folder of their own.
import type { Address } from '../../src/core/address.ts'
import { Session, type SessionOptions } from '../../src/engine/session.ts'
import { makeHome } from './program.ts'

export const LOOPBACK: readonly Address[] = [{ ip: '127.0.0.1', port: 0 }]

export function openSession(options: SessionOptions = {}): Promise<Session> {
  return Session.open({ stateDir: makeHome('state'), listen: LOOPBACK, ...options })
}
