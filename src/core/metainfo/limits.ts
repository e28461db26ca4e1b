// What a torrent may cost before it is looked at closely. Checked before anything is allocated by its word.

/** libtorrent's limit for .torrent files, and what peers may claim for metadata (BEP 9). */
export const MAX_TORRENT_BYTES = 10 * 1024 * 1024
/** libtorrent's limit: 2^21 pieces make a bitfield of 256 KiB. */
export const MAX_PIECES = 2_097_152
/** Each file takes six bencoded values, of which 2,000,000 are read. */
export const MAX_FILES = 330_000
/** libtorrent's limit for a piece: 2^15 blocks. */
export const MAX_PIECE_BYTES = 512 * 1024 * 1024
