// Speeds of the last five minutes as two lines, and the same in words. uPlot draws them; it is fetched when it is first wanted.
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type UPlot from 'uplot'
import { printRate } from '../format.ts'
import { fetchPart } from '../parts/fetch-part.ts'
import { useNow } from '../parts/use-now.ts'
import { perSecond, PLOT_SEC, type SpeedColumns, type SpeedPoint } from '../state/speeds.ts'
import { words } from '../words/words.ts'
import { coloursAt, useColours } from './colours.ts'

const text = words.details
const HEIGHT = 220
const MINUTE = 60
/** Bytes per second at the top of the plot while less than that moves: noise is not to look like a storm. */
const LEAST_TOP = 10_000
/** Of the numbers at the left, in CSS pixels. */
const NUMBERS_WIDTH = 84

interface SpeedPlotProps {
  /** In order; each holds until the next. */
  readonly points: readonly SpeedPoint[]
}

export function SpeedPlot({ points }: SpeedPlotProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(null)
  const now = useNow()
  const colours = useColours()
  // The newest was told just now: the clock of the page may be a moment behind it.
  const columns = perSecond(points, Math.max(now.value, points.at(-1)?.[0] ?? 0))
  const shown = useRef(columns)
  shown.current = columns
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    let isGone = false
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }))
    void fetchPart(() => import('uplot')).then((part) => {
      if (isGone || part === undefined) return
      plot.current = new part.default(optionsFor(element), dataOf(shown.current), element)
      observer.observe(element)
    })
    return () => {
      isGone = true
      observer.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [colours.value])
  useEffect(() => plot.current?.setData(dataOf(columns)))
  const down = inWords(columns.down)
  const up = inWords(columns.up)
  return (
    <figure class="speed-plot">
      <figcaption class="line small">
        <strong class="grow">{text.speedPlot}</strong>
        <span class="of-down number">{`${words.frame.down}: ${down}`}</span>
        <span class="of-up number">{`${words.frame.up}: ${up}`}</span>
      </figcaption>
      <div ref={frame} class="drawing" role="img" aria-label={text.speedPlot} />
    </figure>
  )
}

function inWords(rates: readonly (number | null)[]): string {
  const most = rates.reduce<number>((best, rate) => Math.max(best, rate ?? 0), 0)
  return text.speedNow(printRate(rates.at(-1) ?? 0), printRate(most))
}

function dataOf({ seconds, down, up }: SpeedColumns): UPlot.AlignedData {
  return [[...seconds], [...down], [...up]]
}

function optionsFor(element: HTMLElement): UPlot.Options {
  const [down = '', up = '', line = '', quiet = ''] = coloursAt(element, ['--down', '--up', '--line', '--quiet'])
  const font = getComputedStyle(element).font
  const axis = { stroke: quiet, font, grid: { stroke: line, width: 1 }, ticks: { show: false } }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    // Said above the plot.
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-PLOT_SEC, 0] },
      y: { range: (_plot, _least, most) => [0, Math.max(LEAST_TOP, (most ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...axis,
        splits: () => Array.from({ length: PLOT_SEC / MINUTE + 1 }, (_, n) => n * MINUTE - PLOT_SEC),
        values: (_plot, splits) => splits.map((at) => (at === 0 ? text.now : text.minutesAgo(-at / MINUTE))),
      },
      { ...axis, size: NUMBERS_WIDTH, values: (_plot, splits) => splits.map((rate) => printRate(rate)) },
    ],
    series: [
      {},
      { stroke: down, fill: faint(down), width: 2, points: { show: false } },
      { stroke: up, width: 2, points: { show: false } },
    ],
  }
}

/** Below the line. */
function faint(colour: string): string {
  return `color-mix(in srgb, ${colour} 14%, transparent)`
}
