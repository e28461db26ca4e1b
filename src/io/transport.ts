// A connection that carries bytes both ways: TCP today, uTP and TLS later, memory in tests. One suite in
// test/suites/ holds every implementation to this contract.
import type { Address } from '../core/address.ts'
import type { AppError } from '../core/errors.ts'

export interface Transport {
  readonly remote: Address
  readonly local: Address
  /**
   * Queues bytes and keeps them borrowed until `sent` is called, or copies nothing if `sent` is absent and the caller
   * never changes them again. Returns false when more is queued than the other side takes: wait for `onDrain`.
   */
  send(bytes: Uint8Array, sent?: () => void): boolean
  /** Until `uncork` what is sent waits, and then leaves in one write. */
  cork(): void
  uncork(): void
  /** Bytes that `send` took and the operating system did not yet. */
  readonly queuedBytes: number
  /** Stops and restarts `onBytes`; the other side then feels back-pressure. */
  pause(): void
  resume(): void
  /** Ends at once; `onClose` follows unless it already came. Every pending `sent` is called first. */
  close(): void
}

export interface TransportHandler {
  onConnect(): void
  /** `buf[start..end)` is borrowed until the call returns, and may be overwritten. Never a Buffer, whose `slice` does not copy. */
  onBytes(buf: Uint8Array, start: number, end: number): void
  /** All queued bytes have left. */
  onDrain(): void
  /** Once, last. `error` is absent when either side ended it in order. */
  onClose(error?: AppError): void
}
