// `import { ... } from 'shoal/metainfo'`: .torrent files and magnet links, read and written.
export { parseInfo, parseTorrent } from './core/metainfo/parse.ts'
export { magnetOf, type Magnet, parseMagnet, printMagnet } from './core/metainfo/magnet.ts'
export { choosePieceLength, writeTorrent } from './core/metainfo/build.ts'
export type { Info, Metainfo, TorrentFile } from './core/metainfo/metainfo.ts'
export { nodeHasher } from './io/hasher.ts'
