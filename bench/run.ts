// `npm run bench` lists the benchmarks; `npm run bench -- NAME [ARG...]` runs one.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PARTS = [
  'run.ts',
  'proc.ts',
  'median.ts',
  'ballast.ts',
  'racers.ts',
  'namespaces.ts',
  'idle-others.ts',
  'play-client.ts',
  'tracker-load.ts',
  'tracker-load-http.ts',
  'tracker-load-job.ts',
  'tracker-load-sockets.ts',
  'tracker-load-udp.ts',
  'tracker-load-websocket.ts',
  'page-frames.ts',
] // of others, no benchmarks themselves
const [name, ...args] = process.argv.slice(2)
const files = globSync('*.ts', { cwd: import.meta.dirname })
  .filter((file) => !PARTS.includes(file))
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
    const [first = ''] = readFileSync(join(import.meta.dirname, file), 'utf8').split('\n')
    console.log(`  ${file.replace('.ts', '').padEnd(12)} ${first.replace(/^\/\/ /, '')}`)
  }
  process.exitCode = name === undefined ? 0 : 1
}
