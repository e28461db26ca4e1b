// A process that records pieces until it is killed or done: `resume-child.ts <state folder> <info-hash> <pieces>`.
// Prints `claimed`, then the number of each piece once it was recorded, then `done`. Every tenth piece is followed by a
// checkpoint, so that kills fall into those too. Without pieces it only holds its claim.
import { writeSync } from 'node:fs'
import { ResumeStore } from '../../src/engine/resume.ts'

const [stateDir = '', infoHash = '', pieces = '0'] = process.argv.slice(2)
const pieceCount = Number(pieces)
const store = ResumeStore.open(stateDir)
const record = store.claim({ infoHash, dir: '/data' })
const say = (text: string): void => void writeSync(1, `${text}\n`)
say('claimed')

if (pieceCount === 0) setInterval(() => {}, 60_000)
else {
  const have = record.state.have ?? new Uint8Array(pieceCount >> 3)
  const isStored = (piece: number): boolean => ((have[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0
  record.checkpoint(have, undefined, record.state)
  for (let piece = 0; piece < pieceCount; piece++) {
    if (isStored(piece)) continue
    have[piece >> 3] = (have[piece >> 3] ?? 0) | (0x80 >> (piece & 7))
    record.pieceStored(piece, [{ file: piece % 3, sizeBytes: 1000, modifiedAtMs: piece + 0.5 }])
    say(String(piece))
    if (piece % 10 === 9) record.checkpoint(have, undefined, { ...record.state, downloaded: piece })
  }
  record.checkpoint(have, undefined, record.state)
  record.release()
  store.close()
  say('done')
}
