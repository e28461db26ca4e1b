// The PIN that somebody must know: three wrong ones, and an address has to wait, as the LocalSend apps have it.
import { Attempts } from '../io/attempts.ts'

const MAX_WRONG = 3
const WAIT_MS = 10 * 60_000

export class Pin {
  readonly #pin: () => string
  readonly #attempts = new Attempts(MAX_WRONG, WAIT_MS)

  /** Empty: none is asked for. */
  constructor(pin: () => string) {
    this.#pin = pin
  }

  /** `given` is absent for somebody who does not know yet that there is one. */
  check(ip: string, given: string | undefined): 'right' | 'wrong' | 'wait' {
    const pin = this.#pin()
    if (pin === '') return 'right'
    if (this.#attempts.mustWait(ip)) return 'wait'
    if (given === pin) this.#attempts.right(ip)
    else if (given !== undefined) this.#attempts.wrong(ip)
    return given === pin ? 'right' : 'wrong'
  }
}
