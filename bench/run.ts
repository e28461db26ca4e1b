// `npm run bench` lists the benchmarks; `npm run bench -- NAME [ARG...]` runs one.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join, parse } from 'node:path'

const [name, ...args] = process.argv.slice(2)
const textOf = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8')
// The others are parts of them.
const files = globSync('*.ts', { cwd: import.meta.dirname })
  .filter((file) => textOf(file).includes(`\n//   npm run bench -- ${parse(file).name}`))
  .sort()

if (name !== undefined && files.includes(`${name}.ts`)) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...args], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} else {
  if (name !== undefined) console.error(`There is no benchmark called ${name}.`)
  console.log('npm run bench -- NAME, where NAME is one of')
  for (const file of files) {
    const [, what = ''] = /^\/\/ (.*?)[:.]\s/s.exec(textOf(file)) ?? []
    console.log(`  ${parse(file).name.padEnd(12)} ${what.replaceAll('\n// ', ' ')}`)
  }
  process.exitCode = name === undefined ? 0 : 1
}
