// A whole download on a clock of its own: the picker and its request windows, used as the engine uses them, against
// peers that are fast, slow or lie. Nothing waits and nothing is random but by `random`.
import assert from 'node:assert/strict'
import { Bitfield } from '../../../src/core/bitfield.ts'
import { BLOCK_BYTES, Geometry } from '../../../src/core/geometry.ts'
import type { PieceIndex } from '../../../src/core/ids.ts'
import { Picker } from '../../../src/core/pick/picker.ts'
import { RequestWindow } from '../../../src/core/pick/request-window.ts'

const SNUBBED_AFTER_MS = 15_000
const TICK_MS = 1_000

export interface SimPeer {
  readonly bytesPerSec: number
  readonly roundTripMs: number
  /** Everything, unless said. */
  readonly pieces?: readonly number[]
  /** Which blocks are sent wrong. */
  readonly lies?: (block: number) => boolean
}

class Sender {
  readonly number: number
  readonly options: SimPeer
  readonly window = new RequestWindow(500)
  /** Requests, with the time at which they reach the peer. */
  readonly queue: { block: number; askedAt: number; reachedAt: number }[] = []
  readonly isFast: boolean
  isBanned = false
  isSnubbed = false
  lastBlockAt = 0
  sentBytes = 0
  wastedBytes = 0
  /** The block on the line, `undefined` between two. */
  sending: { block: number; askedAt: number; isTaken: boolean } | undefined
  doneAt = 0
  askedWhenHungry = -1

  constructor(number: number, options: SimPeer) {
    this.number = number
    this.options = options
    this.isFast = options.bytesPerSec > 1e6
  }

  /** When something happens to it next. */
  get nextAt(): number {
    if (this.isBanned) return Number.POSITIVE_INFINITY
    if (this.sending !== undefined) return this.doneAt
    const first = this.queue[0]
    return first === undefined ? Number.POSITIVE_INFINITY : Math.max(first.reachedAt, this.doneAt)
  }
}

export class DownloadSim {
  readonly geometry: Geometry
  readonly have: Bitfield
  readonly picker: Picker
  readonly peers: Sender[]
  /** Numbers of banned peers, in order. */
  readonly banned: number[] = []
  failedPieces = 0
  nowMs = 0
  readonly #diskMs: number
  /** Pieces that are being written, with the time at which they will be. */
  readonly #writes: { at: number; piece: PieceIndex; senders: readonly number[]; wrong: readonly number[] }[] = []
  #memoryLeft: number
  /** Of each block of a started piece: who lied about it, or -1. */
  readonly #wrong = new Map<number, Int32Array>()
  readonly #suspicions = new Map<number, { senders: readonly number[]; wrong: readonly number[] }>()

  constructor(options: {
    readonly pieces: number
    readonly blocks: number
    readonly memory: number
    readonly diskMs?: number
    readonly peers: readonly SimPeer[]
    readonly random: () => number
  }) {
    const pieceBytes = options.blocks * BLOCK_BYTES
    this.geometry = new Geometry([{ offset: 0, length: options.pieces * pieceBytes, isPad: false }], pieceBytes)
    this.have = new Bitfield(options.pieces)
    this.#memoryLeft = options.memory
    this.#diskMs = options.diskMs ?? 1
    this.picker = new Picker(this.geometry, this.have, {
      reserve: (piece) => {
        if (this.#memoryLeft === 0) return false
        this.#memoryLeft--
        this.#wrong.set(piece, new Int32Array(options.blocks).fill(-1))
        return true
      },
      release: (piece) => this.#release(piece),
      random: options.random,
    })
    this.peers = options.peers.map((peer, n) => new Sender(n, peer))
    for (const { number, options: peer } of this.peers) {
      const have = new Bitfield(options.pieces)
      if (peer.pieces === undefined) have.fill()
      for (const piece of peer.pieces ?? []) have.add(piece)
      this.picker.peerJoined(number, have)
    }
  }

  /** Until everything is there; the time that it took in ms. */
  run(limitMs: number): number {
    let tickAt = 0
    for (const peer of this.peers) this.#fill(peer)
    while (!this.picker.isDone) {
      let next: Sender | undefined
      for (const peer of this.peers) if (next === undefined || peer.nextAt < next.nextAt) next = peer
      const write = this.#writes[0]
      const at = Math.min(next?.nextAt ?? Number.POSITIVE_INFINITY, write?.at ?? Number.POSITIVE_INFINITY)
      if (tickAt <= at) {
        this.nowMs = tickAt
        this.#tick()
        tickAt += TICK_MS
      } else if (write !== undefined && write.at <= at) {
        this.nowMs = at
        this.#writes.shift()
        this.#onStored(write)
      } else if (next !== undefined) {
        this.nowMs = at
        if (next.sending === undefined) this.#begin(next)
        else this.#finish(next)
      }
      assert.ok(this.nowMs < limitMs, `not done after ${limitMs} ms, ${this.picker.wantedLeft} pieces left`)
    }
    return this.nowMs
  }

  #fill(peer: Sender): void {
    if (peer.isBanned) return
    const limit = peer.window.sizeAt(this.nowMs)
    const room = limit - this.picker.outstanding(peer.number)
    if (room < Math.max(1, limit / 8)) return
    peer.askedWhenHungry = -1
    for (let n = 0; n < room; n++) {
      const block = this.picker.next(peer.number, this.nowMs)
      if (block === -1) {
        peer.askedWhenHungry = this.picker.outstanding(peer.number)
        return
      }
      peer.queue.push({ block, askedAt: this.nowMs, reachedAt: this.nowMs + peer.options.roundTripMs })
    }
  }

  #fillHungry(): void {
    const hungry = this.peers.filter((peer) => peer.askedWhenHungry >= 0)
    hungry.sort((a, b) => a.askedWhenHungry - b.askedWhenHungry)
    for (const peer of hungry) this.#fill(peer)
  }

  #begin(peer: Sender): void {
    const request = peer.queue.shift()
    if (request === undefined) return
    const verdict = this.picker.begin(peer.number, request.block)
    assert.notEqual(verdict, 'unasked')
    peer.sending = { ...request, isTaken: verdict === 'take' }
    peer.doneAt = this.nowMs + (BLOCK_BYTES * 1000) / peer.options.bytesPerSec
  }

  #finish(peer: Sender): void {
    const { sending } = peer
    if (sending === undefined) return
    peer.sending = undefined
    const { block } = sending
    peer.lastBlockAt = this.nowMs
    peer.isSnubbed = false
    peer.sentBytes += BLOCK_BYTES
    peer.window.onBlock(this.nowMs, sending.askedAt, this.picker.outstanding(peer.number))
    if (sending.isTaken) {
      const piece = this.geometry.pieceOfBlock(block)
      const wrong = this.#wrong.get(piece)
      assert.ok(wrong !== undefined, 'a started piece has memory')
      wrong[this.geometry.blockInPiece(block)] = peer.options.lies?.(block) === true ? peer.number : -1
      const isWhole = this.picker.finish(peer.number, block)
      this.picker.others(block, (other) => this.#cancel(other, block))
      if (isWhole) {
        const senders = [...this.picker.senders(piece)]
        this.#writes.push({ at: this.nowMs + this.#diskMs, piece, senders, wrong: [...wrong] })
      }
    } else {
      peer.wastedBytes += BLOCK_BYTES
    }
    this.#fill(peer)
  }

  #cancel(number: number, block: number): void {
    this.picker.cancelled(number, block)
    const peer = this.peers[number]
    const n = peer?.queue.findIndex((request) => request.block === block) ?? -1
    if (n !== -1) peer?.queue.splice(n, 1)
  }

  #onStored({
    piece,
    senders,
    wrong,
  }: {
    piece: PieceIndex
    senders: readonly number[]
    wrong: readonly number[]
  }): void {
    this.#release(piece)
    if (wrong.every((liar) => liar === -1)) {
      this.picker.stored(piece)
      const suspicion = this.#suspicions.get(piece)
      this.#suspicions.delete(piece)
      suspicion?.wrong.forEach((liar) => this.#ban(liar))
    } else {
      this.failedPieces++
      if (new Set(senders).size === 1) this.#ban(senders[0] ?? -1)
      else if (!this.#suspicions.has(piece)) this.#suspicions.set(piece, { senders, wrong })
      this.picker.failed(piece)
    }
    this.#fillHungry()
  }

  #ban(number: number): void {
    const peer = this.peers[number]
    if (peer === undefined || peer.isBanned) return
    peer.isBanned = true
    peer.askedWhenHungry = -1
    this.banned.push(number)
    this.picker.peerLeft(number)
  }

  #release(piece: PieceIndex): void {
    assert.ok(this.#wrong.delete(piece), 'released what was not reserved')
    this.#memoryLeft++
  }

  #tick(): void {
    for (const peer of this.peers) {
      if (peer.isBanned) continue
      const askedAt = this.picker.oldestAskedAt(peer.number)
      if (
        !peer.isSnubbed &&
        askedAt !== undefined &&
        this.nowMs - Math.max(askedAt, peer.lastBlockAt) >= SNUBBED_AFTER_MS
      ) {
        peer.isSnubbed = true
        peer.window.snubbed()
        this.picker.expire(peer.number)
        this.#fillHungry()
      }
      this.#fill(peer)
    }
  }
}
