// A terminal as a person has it: tmux, in which a program runs, whose screen is read and whose keys are pressed.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { findProgram, makeHome, until } from './program.ts'

const TMUX = findProgram('tmux')
/** For tests that need one. */
export const skipWithoutTerminal = TMUX === undefined ? 'tmux is not installed' : false

export class Terminal implements Disposable {
  readonly #socket: string = join(makeHome('tmux'), 'socket')
  readonly #env: NodeJS.ProcessEnv

  constructor(command: readonly string[], env: NodeJS.ProcessEnv) {
    this.#env = env
    const quoted = command.map((word) => `'${word}'`).join(' ')
    this.#tmux('new-session', '-d', '-s', 's', '-x', '100', '-y', '30', quoted)
  }

  #tmux(...args: string[]): string {
    return spawnSync(TMUX ?? '', ['-S', this.#socket, '-f', '/dev/null', ...args], { encoding: 'utf8', env: this.#env })
      .stdout
  }

  /** What is on it now; without spaces at the ends of lines. */
  get screen(): string {
    return this.#tmux('capture-pane', '-p', '-t', 's')
  }

  /** Text, or names of keys as tmux has them. */
  type(...keys: readonly string[]): void {
    this.#tmux('send-keys', '-t', 's', '--', ...keys)
  }

  /** Waits until it shows this. */
  async shows(text: string | RegExp): Promise<void> {
    try {
      await until(`the screen shows ${text}`, () => this.screen.match(text) !== null || undefined)
    } catch (error) {
      throw new Error(`${String(error)}\n${this.screen}`, { cause: error })
    }
  }

  /** Waits until its program has ended. */
  async ended(): Promise<void> {
    await until('the program has ended', () => !this.#tmux('list-sessions').includes('s:') || undefined)
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server')
  }
}
