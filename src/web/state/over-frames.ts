// Many changes at once are shown over some frames: rows that all draw in one make it a long one, and scrolling jerks.

/** So few are shown at once. */
const MIN_PER_FRAME = 40
/** Half a second at 60 a second; where there are fewer, what is told next goes on from here. */
const MAX_FRAMES = 30

interface Screen<Value> {
  readonly show: (values: readonly Value[]) => void
  /** What was told is shown, or more was told meanwhile: in a frame of its own, where it took several. */
  readonly settle: () => void
  /** False: nothing is drawn, and all is shown at once. */
  readonly isSeen: () => boolean
  readonly nextFrame: (then: () => void) => void
}

export class OverFrames<Id, Value> {
  readonly #screen: Screen<Value>
  /** Told but not shown yet: the newest of each. */
  readonly #waiting = new Map<Id, Value>()
  #perFrame = 0
  #isUnderWay = false

  constructor(screen: Screen<Value>) {
    this.#screen = screen
  }

  /** At once, and instead of what was told before. */
  showAll(values: readonly Value[]): void {
    this.#waiting.clear()
    this.#screen.show(values)
    this.#screen.settle()
  }

  tell(values: readonly (readonly [Id, Value])[]): void {
    for (const [id, value] of values) this.#waiting.set(id, value)
    this.#perFrame = Math.max(MIN_PER_FRAME, Math.ceil(this.#waiting.size / MAX_FRAMES))
    if (this.#waiting.size <= MIN_PER_FRAME || !this.#screen.isSeen()) this.showAll([...this.#waiting.values()])
    else if (this.#isUnderWay) this.#screen.settle()
    else this.#showNext()
  }

  forget(id: Id): void {
    this.#waiting.delete(id)
  }

  #showNext(): void {
    this.#isUnderWay = this.#waiting.size > 0
    if (!this.#isUnderWay) return this.#screen.settle()
    const next: Value[] = []
    for (const [id, value] of this.#waiting) {
      if (next.length === this.#perFrame) break
      next.push(value)
      this.#waiting.delete(id)
    }
    this.#screen.nextFrame(() => this.#showNext())
    this.#screen.show(next) // last: it draws what others wrote, and may fail
  }
}
