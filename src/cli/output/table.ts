// Rows under headings, as wide as what is in them; the widest column of text gives way on a narrow terminal.
import { printable } from '../../core/printable.ts'
import { cutToWidth, fitToWidth, textWidth } from './text.ts'

export interface Column<Row> {
  readonly title: string
  readonly of: (row: Row) => string
  /** Numbers stand at the right. */
  readonly isRight?: boolean
  /** Gives way when there is no room. */
  readonly isFlexible?: boolean
}

const GAP = '  '
const LEAST_FLEXIBLE = 12

/** Lines with their ends. `columns`: of the terminal; undefined where there is none. */
export function table<Row>(rows: readonly Row[], shape: readonly Column<Row>[], columns: number | undefined): string {
  const cells = rows.map((row) => shape.map(({ of }) => printable(of(row))))
  const widths = shape.map(({ title }, n) =>
    Math.max(textWidth(title), ...cells.map((line) => textWidth(line[n] ?? ''))),
  )
  if (columns !== undefined) {
    const total = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length)
    const flexible = shape.findIndex(({ isFlexible }) => isFlexible === true)
    if (total > columns && flexible !== -1) {
      widths[flexible] = Math.max(LEAST_FLEXIBLE, (widths[flexible] ?? 0) - (total - columns))
    }
  }
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, n) => {
        const width = widths[n] ?? 0
        if (shape[n]?.isRight === true)
          return ' '.repeat(Math.max(0, width - textWidth(text))) + cutToWidth(text, width)
        return fitToWidth(text, width)
      })
      .join(GAP)
      .trimEnd()
  return [shape.map(({ title }) => title), ...cells].map((texts) => `${line(texts)}\n`).join('')
}
