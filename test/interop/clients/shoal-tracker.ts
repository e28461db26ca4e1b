// Our tracker, through the command line.
import { startShoal } from '../../support/shoal.ts'

export interface ShoalTracker extends AsyncDisposable {
  readonly httpUrl: string
  readonly udpUrl: string
}

export async function startShoalTracker(): Promise<ShoalTracker> {
  const program = startShoal(['tracker', '--port', '0', '--host', '127.0.0.1'])
  const { address } = await program.event('listening')
  return {
    httpUrl: `http://${String(address)}/announce`,
    udpUrl: `udp://${String(address)}/announce`,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}
