// What others ask for who let us put their packages into a bundle.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

/** The licences of the packages that are in the bundle. */
export function licences({ inputs }: Metafile): string {
  const found = Object.keys(inputs).flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [])
  const texts = [...new Set(found)].sort().map((name) => {
    const folder = join(ROOT, 'node_modules', name)
    const [file] = globSync('LICEN[SC]E*', { cwd: folder })
    if (file === undefined) throw new Error(`${name} comes without its licence`)
    return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
  })
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}
