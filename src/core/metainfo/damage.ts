// How the readers of metainfo say no: one sentence that names what is wrong and where.
import { AppError } from '../errors.ts'

/** `what` is half a sentence that begins with the place: `info.files[3].length is negative`. */
export function damaged(what: string): never {
  throw new AppError('bad-metainfo', `the torrent is damaged: ${what}`)
}
