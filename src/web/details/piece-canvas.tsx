// Cells of pieces on a canvas: sharp on every screen, in the colours of the page, as wide as there is room.
import type { JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { coloursAt, useColours } from './colours.ts'
import { type CellGrid, type CellLook, cellAt, gridFor } from './piece-cells.ts'

/** What is drawn in each cell, and in which colour of tokens.css. */
const COLOURS: Readonly<Record<CellLook['kind'], string>> = {
  here: '--accent',
  active: '--warn',
  missing: '--line-strong',
  nobody: '--quiet',
}
const KINDS = Object.keys(COLOURS) as CellLook['kind'][]
/** So much of a colour is left of what there is little of: it is to be seen still. */
const FAINTEST = 0.25
/** Between cells, if they are not tiny. */
const GAP = 2
const TINY = 6

interface PieceCanvasProps {
  readonly label: string
  readonly count: number
  readonly look: (cell: number) => CellLook
  /** In CSS pixels; more only if not even the smallest cells fit. */
  readonly height: number
  /** The cell below the pointer. */
  readonly onCell?: (cell: number | undefined) => void
}

export function PieceCanvas({ label, count, look, height, onCell }: PieceCanvasProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [width, setWidth] = useState(0)
  const colours = useColours()
  const grid = gridFor(count, width, height)
  useLayoutEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const measure = (): void => setWidth(element.clientWidth)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useLayoutEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, count, grid, look)
  }, [count, look, width, height, colours.value])
  const point = (event: PointerEvent): void => {
    onCell?.(cellAt(grid, count, event.offsetX, event.offsetY))
  }
  return (
    <div ref={frame} class="piece-canvas" style={{ minHeight: `${grid.rows * grid.size}px` }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => onCell?.(undefined)}
      />
    </div>
  )
}

function draw(canvas: HTMLCanvasElement, count: number, grid: CellGrid, look: (cell: number) => CellLook): void {
  const { size, columns, rows } = grid
  const scale = devicePixelRatio
  canvas.width = Math.ceil(columns * size * scale)
  canvas.height = Math.ceil(rows * size * scale)
  canvas.style.width = `${columns * size}px`
  canvas.style.height = `${rows * size}px`
  const context = canvas.getContext('2d')
  const parent = canvas.parentElement
  if (context === null || parent === null) return
  const found = coloursAt(
    parent,
    KINDS.map((kind) => COLOURS[kind]),
  )
  const colours = new Map(KINDS.map((kind, n) => [kind, found[n] ?? '']))
  context.scale(scale, scale)
  const side = size - (size > TINY ? GAP : 1)
  for (let cell = 0; cell < count; cell++) {
    const { kind, strength } = look(cell)
    const x = (cell % columns) * size
    const y = Math.floor(cell / columns) * size
    const colour = colours.get(kind) ?? ''
    context.globalAlpha = kind === 'missing' || kind === 'here' ? FAINTEST + (1 - FAINTEST) * strength : 1
    if (kind === 'nobody') {
      // Hollow: told apart without colours, too.
      context.strokeStyle = colour
      context.lineWidth = 1
      context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1)
    } else {
      context.fillStyle = colour
      context.fillRect(x, y, side, side)
    }
  }
}
