// Turns what a terminal shows into docs/picture.svg:
//   tmux capture-pane -p -e | node scripts/picture.ts "title" > docs/picture.svg
import { readFileSync } from 'node:fs'

const CELL = { width: 8.4, height: 18 }
const [LEFT, TOP] = [20, 56]
const COLORS: Readonly<Record<string, string>> = { '32': '#7ee787', '36': '#56d4dd' }
const PLAIN = '#e6edf3'

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** One line as spans of one colour each; `dim` is terminal code 2. */
function spans(line: string): string {
  let color = PLAIN
  let isDim = false
  let column = 0
  let svg = ''
  for (const [, codes, text = ''] of line.matchAll(/(?:\u001b\[([\d;]*)m)|([^\u001b]+)/g)) {
    for (const code of codes?.split(';') ?? []) {
      if (code === '2') isDim = true
      else if (code === '0' || code === '' || code === '22') isDim = false
      if (code === '39' || code === '0' || code === '') color = PLAIN
      color = COLORS[code] ?? color
    }
    if (text.trim() !== '') {
      const x = (LEFT + column * CELL.width).toFixed(1)
      const width = (Array.from(text).length * CELL.width).toFixed(1)
      const opacity = isDim ? ' opacity="0.35"' : ''
      svg += `<tspan x="${x}" textLength="${width}" fill="${color}"${opacity}>${escaped(text)}</tspan>`
    }
    column += Array.from(text).length
  }
  return svg
}

const lines = readFileSync(0, 'utf8').trimEnd().split('\n')
const columns = Math.max(...lines.map((line) => Array.from(line.replace(/\u001b\[[\d;]*m/g, '')).length))
const width = Math.ceil(columns * CELL.width + 2 * LEFT)
const height = TOP + lines.length * CELL.height + 10
const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
  (fill, n) => `<circle cx="${22 + n * 20}" cy="20" r="6" fill="${fill}"/>`,
)
const title = escaped(process.argv[2] ?? 'shoal')
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>
${dots.join('')}
<text x="${width / 2}" y="25" fill="#8b949e" font-family="ui-sans-serif, sans-serif" font-size="13" text-anchor="middle">${title}</text>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">
${lines.map((line, n) => `<text y="${TOP + n * CELL.height}">${spans(line)}</text>`).join('\n')}
</g>
</svg>`)
