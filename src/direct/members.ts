// Who belongs to which swarm of people: whom we may dial there, and who may dial us.
import { type Address, printAddress } from '../core/address.ts'

export interface Member {
  readonly fingerprint: string
  readonly address: Address
}

export class Members {
  /** By info-hash, then by fingerprint. */
  readonly #swarms = new Map<string, Map<string, Member>>()

  of(infoHash: string): Member[] {
    return [...(this.#swarms.get(infoHash)?.values() ?? [])]
  }

  add(infoHash: string, member: Member): void {
    const swarm = this.#swarms.get(infoHash) ?? new Map<string, Member>()
    swarm.set(member.fingerprint, member)
    this.#swarms.set(infoHash, swarm)
  }

  /** Instead of all that were there. */
  replace(infoHash: string, members: readonly Member[]): void {
    this.#swarms.set(infoHash, new Map(members.map((member) => [member.fingerprint, member])))
  }

  remove(infoHash: string, fingerprint: string): void {
    this.#swarms.get(infoHash)?.delete(fingerprint)
  }

  removeSwarm(infoHash: string): void {
    this.#swarms.delete(infoHash)
  }

  isMember(infoHash: string, fingerprint: string): boolean {
    return this.#swarms.get(infoHash)?.has(fingerprint) === true
  }

  /** Of any swarm. */
  isWelcome(fingerprint: string): boolean {
    return [...this.#swarms.values()].some((swarm) => swarm.has(fingerprint))
  }

  fingerprintAt(address: Address): string | undefined {
    const shown = printAddress(address)
    for (const swarm of this.#swarms.values()) {
      for (const member of swarm.values()) if (printAddress(member.address) === shown) return member.fingerprint
    }
    return undefined
  }
}
