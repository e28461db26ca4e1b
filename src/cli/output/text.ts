// How wide text is on a terminal.

/** Shown two columns wide: East Asian wide and full-width letters (UAX 11), and emoji. */
const WIDE =
  /[\u1100-\u115f\u231a\u231b\u2329\u232a\u23e9-\u23ec\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u
/** A cluster of these alone takes no column: combining marks and what is invisible. */
const NO_WIDTH = /^[\p{M}\p{Default_Ignorable_Code_Point}]+$/u

let segmenter: Intl.Segmenter | undefined

/** What a reader takes for one letter: `é` of two code points, a flag, a family emoji. */
function clusters(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter()
  return segmenter.segment(text)
}

function clusterWidth(cluster: string): 0 | 1 | 2 {
  if (NO_WIDTH.test(cluster)) return 0
  return WIDE.test(cluster) ? 2 : 1
}

/** Columns that printable text takes on a terminal. */
export function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of clusters(text)) width += clusterWidth(segment)
  return width
}

/** At most `width` columns; a cut is shown by `…`. */
export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let kept = ''
  let used = 1 // the ellipsis
  for (const { segment } of clusters(text)) {
    used += clusterWidth(segment)
    if (used > width) break
    kept += segment
  }
  return width < 1 ? '' : `${kept}…`
}

/** Exactly `width` columns: cut or filled with spaces. */
export function fitToWidth(text: string, width: number): string {
  const fitted = cutToWidth(text, width)
  return fitted + ' '.repeat(Math.max(0, width - textWidth(fitted)))
}
