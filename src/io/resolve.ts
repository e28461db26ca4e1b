// Host names to addresses. The operating system's resolver cannot be interrupted, so an aborted caller stops waiting
// and a late answer is dropped.
import dns from 'node:dns'
import net from 'node:net'
import { AppError } from '../core/errors.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
}

/**
 * All addresses of a name or of an IP text (IPv6 with or without brackets). Fails with `not-found` if there are none of
 * the family that is asked for, `network` if the resolver itself fails, `interrupted` on abort.
 */
export async function resolveHost(
  host: string,
  family: 4 | 6 | undefined,
  signal: AbortSignal,
): Promise<readonly ResolvedAddress[]> {
  const name = host.startsWith('[') ? host.slice(1, -1) : host
  if (signal.aborted) throw interrupted(name)
  const literal = net.isIP(name)
  if (literal === 4 || literal === 6) {
    if (family !== undefined && literal !== family)
      throw new AppError('not-found', `${name} is no IPv${family} address`)
    return [{ address: name, family: literal }]
  }
  const { promise, resolve, reject } = Promise.withResolvers<readonly ResolvedAddress[]>()
  const onAbort = (): void => reject(interrupted(name))
  signal.addEventListener('abort', onAbort, { once: true })
  dns.lookup(name, { all: true, family: family ?? 0 }, (error, addresses) => {
    signal.removeEventListener('abort', onAbort)
    if (error !== null) return reject(lookupFailure(name, error))
    const found = addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }) as const)
    return found.length > 0 ? resolve(found) : reject(lookupFailure(name, undefined))
  })
  return promise
}

function lookupFailure(name: string, cause: NodeJS.ErrnoException | undefined): AppError {
  // EAI_AGAIN: no name server answered. Everything else that getaddrinfo says means that there is no such address.
  if (cause?.code === 'EAI_AGAIN')
    return new AppError('network', `no name server could be asked for ${name}`, { cause })
  return new AppError('not-found', `the name ${name} is not known`, { cause })
}

function interrupted(name: string): AppError {
  return new AppError('interrupted', `looking up ${name} was interrupted`)
}
