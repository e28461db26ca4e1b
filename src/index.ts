// The library: `import { Session } from 'shoal'`.
export { AppError, type ErrorCode } from './core/errors.ts'
export type { AddOptions, TorrentSource } from './engine/add-options.ts'
export { type CreatedTorrent, type CreateOptions, createTorrent } from './engine/create.ts'
export { Session, type SessionOptions } from './engine/session.ts'
export type { Torrent } from './engine/torrent.ts'
export type { TorrentState, TorrentStatus, TrackerStatus } from './engine/torrent-status.ts'
export { DiskPool } from './io/disk/disk-pool.ts'
