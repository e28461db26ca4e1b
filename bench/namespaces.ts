// Hosts of our own on one machine: network namespaces on a bridge, each with a line of its own speed (tbf). Needs root,
// iproute2, and a kernel that lets us; touches nothing outside the namespaces that it makes.
import { execFileSync } from 'node:child_process'

export interface Line {
  readonly upMbit?: number
  readonly downMbit?: number
}

export interface Host {
  readonly name: string
  readonly ip: string
  /** What a command line must begin with to run on the host. */
  readonly prefix: readonly string[]
}

/** What a queue before a slow line holds: 50 ms of it, like a decent router. */
const QUEUE = ['burst', '16kb', 'latency', '50ms']

export class Lan implements Disposable {
  readonly #id: string
  readonly #hosts: Host[] = []
  readonly #hub: Host

  constructor(id = `shoal${process.pid}`) {
    this.#id = id
    this.#hub = this.#makeHost(`${id}-hub`, '10.77.0.254')
    this.#run(this.#hub, ['ip', 'link', 'add', 'br0', 'type', 'bridge'])
    this.#run(this.#hub, ['ip', 'addr', 'add', '10.77.0.254/24', 'dev', 'br0'])
    this.#run(this.#hub, ['ip', 'link', 'set', 'br0', 'up'])
  }

  /** On no line at all: for what all hosts need, such as a tracker. */
  get hub(): Host {
    return this.#hub
  }

  addHost({ upMbit, downMbit }: Line = {}): Host {
    const n = this.#hosts.length
    const host = this.#makeHost(`${this.#id}-${n}`, `10.77.0.${n}`)
    const port = `port${n}`
    this.#run(this.#hub, ['ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host.name])
    this.#run(this.#hub, ['ip', 'link', 'set', port, 'master', 'br0', 'up'])
    this.#run(host, ['ip', 'addr', 'add', `${host.ip}/24`, 'dev', 'eth0'])
    this.#run(host, ['ip', 'link', 'set', 'eth0', 'up'])
    if (upMbit !== undefined) this.#limit(host, 'eth0', upMbit)
    if (downMbit !== undefined) this.#limit(this.#hub, port, downMbit)
    return host
  }

  /** Bytes that the host has sent so far, with all headers. */
  sentBytes(host: Host): number {
    return Number(this.#run(host, ['cat', '/sys/class/net/eth0/statistics/tx_bytes']))
  }

  #makeHost(name: string, ip: string): Host {
    execFileSync('ip', ['netns', 'add', name])
    const host = { name, ip, prefix: ['ip', 'netns', 'exec', name] }
    this.#hosts.push(host)
    this.#run(host, ['ip', 'link', 'set', 'lo', 'up'])
    return host
  }

  #limit(host: Host, device: string, mbit: number): void {
    this.#run(host, ['tc', 'qdisc', 'add', 'dev', device, 'root', 'tbf', 'rate', `${mbit}mbit`, ...QUEUE])
  }

  #run(host: Host, command: readonly string[]): string {
    const [program = '', ...args] = [...host.prefix, ...command]
    return execFileSync(program, args, { encoding: 'utf8' })
  }

  [Symbol.dispose](): void {
    for (const { name } of this.#hosts) execFileSync('ip', ['netns', 'delete', name])
  }
}
