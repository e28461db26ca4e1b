// What is asked of the disk's threads, and what they answer: messages that can be cloned to a worker.
import type { PieceIndex } from '../../core/ids.ts'
import type { Digests, FinishedFile, Stored } from './disk.ts'

/** A job as it is sent to a worker. `arena` and `offset` say where a slot lies. */
export type Job =
  | StoreJob
  | { readonly kind: 'abandon'; readonly piece: PieceIndex }
  | LoadJob
  | {
      readonly kind: 'check'
      readonly first: PieceIndex
      readonly count: number
      /** What the hashes of all these pieces should be, one after the other. */
      readonly v1: Uint8Array | undefined
      readonly v2: Uint8Array | undefined
    }
  | { readonly kind: 'digest'; readonly first: PieceIndex; readonly count: number }
  /** Asked of NO_STORAGE. */
  | { readonly kind: 'look'; readonly paths: readonly string[] }
  | { readonly kind: 'finish'; readonly file: number }
  | { readonly kind: 'move'; readonly dir: string; readonly paths: readonly (readonly string[])[] }
  | { readonly kind: 'want'; readonly wanted: readonly boolean[] }
  /** Of the files from `first` to before `end`. */
  | { readonly kind: 'stamps'; readonly first: number; readonly end: number }
  | { readonly kind: 'prepare' | 'remove' | 'fence' | 'sync' | 'close' }

export interface StoreJob {
  readonly kind: 'store'
  readonly piece: PieceIndex
  readonly begin: number
  readonly arena: number
  readonly offset: number
  readonly length: number
  readonly wantDigests: boolean
  /** What the piece's hashes should be. */
  readonly v1: Uint8Array | undefined
  readonly v2: Uint8Array | undefined
}

export interface LoadJob {
  readonly kind: 'load'
  readonly piece: PieceIndex
  readonly begin: number
  readonly length: number
  readonly arena: number
  readonly offset: number
  readonly headerBytes: number
}

/** Storages are numbered from 1. */
export const NO_STORAGE = 0

export type JobAnswer =
  | Stored
  | Digests
  | FinishedFile
  | Uint8Array
  /** See packed.ts. */
  | Float64Array
  | number
  | undefined
