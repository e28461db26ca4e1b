// Where connections come from: TCP, or memory in simulations (test/sim).
import type { Address } from '../core/address.ts'
import type { Transport, TransportHandler } from './transport.ts'

export interface Listener {
  readonly address: Address
  /** Stops accepting; connections that were accepted live on. */
  close(): Promise<void>
}

export interface ConnectOptions {
  /** Local address to connect from. */
  readonly from?: string
}

export interface Network {
  /** Listens on `address` (port 0: any free one). `accept` gives each new connection its handler. Rejects with AppError. */
  listen(address: Address, accept: (transport: Transport) => TransportHandler): Promise<Listener>
  /** Starts to connect. The handler hears `onConnect`, or `onClose` with the reason why not. */
  connect(remote: Address, handler: (transport: Transport) => TransportHandler, options?: ConnectOptions): Transport
}
