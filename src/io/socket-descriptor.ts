// A second descriptor of a connection that Node has, for those who go on with it without Node.
import type net from 'node:net'
import { libc } from './libc.ts'

const F_DUPFD_CLOEXEC = 1030

/** Node keeps the handle of a socket to itself, and its descriptor with it. Nothing documents this; test/io/socket-descriptor.test.ts holds it. */
interface SocketWithHandle extends net.Socket {
  _handle?: { readonly fd?: number } | null
}

/** -1: there is none. As before it does not block, and is closed on exec. `loadLibc` has been true in this thread. */
export function duplicateDescriptor(socket: net.Socket): number {
  const { fd = -1 } = (socket as SocketWithHandle)._handle ?? {}
  return fd < 0 ? -1 : libc().fcntl(fd, F_DUPFD_CLOEXEC, 'int', 0)
}
