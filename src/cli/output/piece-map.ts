// Which pieces are here, as a picture: each mark stands for one piece, or for several when there are many.

const WHOLE = '█'
const PART = '▒'
const OTHERS = '·'
const NOBODY = ' '
const MOST_LINES = 16

/** `availability[n]`: peers that have the piece. Lines with their ends, and a legend. */
export function pieceMap(
  pieces: number,
  has: (piece: number) => boolean,
  availability: readonly number[],
  columns: number,
): string {
  const perMark = Math.max(1, Math.ceil(pieces / (columns * MOST_LINES)))
  let marks = ''
  let here = 0
  for (let first = 0; first < pieces; first += perMark) {
    const end = Math.min(pieces, first + perMark)
    let [count, offered] = [0, 0]
    for (let piece = first; piece < end; piece++) {
      if (has(piece)) count++
      else if ((availability[piece] ?? 0) > 0) offered++
    }
    here += count
    marks += markOf(count, offered, end - first)
  }
  const lines = marks.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? []
  const each = perMark === 1 ? '' : ` Each mark stands for ${perMark} pieces.`
  const legend = `${here} of ${pieces} pieces are here. ${WHOLE} here  ${PART} partly  ${OTHERS} with peers  (blank) with nobody now.`
  return `${lines.map((line) => `${line.trimEnd()}\n`).join('')}${legend}${each}\n`
}

function markOf(count: number, offered: number, total: number): string {
  if (count === total) return WHOLE
  if (count > 0) return PART
  return offered > 0 ? OTHERS : NOBODY
}
