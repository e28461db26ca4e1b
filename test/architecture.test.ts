// The rules of ARCHITECTURE.md as tests: who imports whom, what core may not know, how long a file may be, and that
// the documents name files that exist.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import test from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  io: ['io', 'core'],
  engine: ['engine', 'io', 'core'],
  tracker: ['tracker', 'io', 'core'],
  direct: ['direct', 'engine', 'io', 'core'],
  daemon: ['daemon', 'direct', 'engine', 'tracker', 'io', 'core'],
  cli: ['cli', 'daemon', 'direct', 'engine', 'tracker', 'io', 'core'],
  web: ['web', 'core'],
}
/** What the page may have of the daemon, and as types only: what its API tells. */
const API_TYPES = /^import type [^'"]*from '[./]*daemon\/rpc\/(?:page-)?types\.ts'$/gm
const IMPURE =
  /from 'node:|\b(Date\.now|performance\.now|Math\.random|setTimeout|setInterval|console\.|async |await |Promise)\b/
const MAX_LINES = 500

const sources = globSync('**/*.{ts,tsx}', { cwd: SRC }).sort()
const layerOf = (file: string): string => file.split('/')[0] ?? ''
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')

test('the tree is found', () => assert.ok(sources.length > 80, `${sources.length} files`))

for (const file of sources) {
  test(`${file} keeps to its layer`, () => {
    const whole = withoutComments(readFileSync(join(SRC, file), 'utf8'))
    const text = layerOf(file) === 'web' ? whole.replace(API_TYPES, '') : whole
    const allowed = MAY_IMPORT[layerOf(file)]
    for (const [, target = ''] of text.matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
      const to = relative(SRC, resolve(SRC, dirname(file), target))
      assert.ok(allowed === undefined || allowed.includes(layerOf(to)), `${file} must not import ${to}`)
    }
    if (layerOf(file) === 'core') assert.doesNotMatch(text, IMPURE)
  })
}

test('no file is longer than 500 lines', () => {
  const long = [...globSync('{src,test,bench,scripts}/**/*.{ts,tsx,css}', { cwd: ROOT })].filter(
    (file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > MAX_LINES + 1,
  )
  assert.deepEqual(long, [])
})

test('no text becomes markup in the page', () => {
  const found = sources.filter(
    (file) =>
      layerOf(file) === 'web' &&
      /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML)\b/.test(
        readFileSync(join(SRC, file), 'utf8'),
      ),
  )
  assert.deepEqual(found, [])
})

test('every class of the style sheets is used in the page', () => {
  const page = sources.filter((file) => layerOf(file) === 'web')
  const texts = page.map((file) => withoutComments(readFileSync(join(SRC, file), 'utf8'))).join('\n')
  const strings = [...texts.matchAll(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g)].map(([text]) => text).join(' ')
  const used = new Set(strings.match(/[a-z][\w-]*/gi))
  /** As in `depth-${n}`. */
  const beginnings = [...strings.matchAll(/([a-z][\w-]*-)\$\{/gi)].map(([, beginning = '']) => beginning)
  const isUsed = (name: string): boolean => used.has(name) || beginnings.some((beginning) => name.startsWith(beginning))
  const styles = globSync('web/style/*.css', { cwd: SRC }).map((file) => readFileSync(join(SRC, file), 'utf8'))
  // Selectors only: no comments, no strings, and what stands in the innermost braces are declarations.
  const selectors = styles.map((text) => text.replace(/\/\*[\s\S]*?\*\/|"[^"]*"|\{[^{}]*\}/g, ' ')).join('\n')
  const defined = new Set([...selectors.matchAll(/\.([a-z][\w-]*)/gi)].map(([, name = '']) => name))
  assert.ok(defined.size > 100, `${defined.size} classes`)
  assert.deepEqual(
    [...defined].filter((name) => !isUsed(name)),
    [],
  )
})

for (const document of ['docs/features.md']) {
  test(`${document} names tests that exist`, () => {
    const text = readFileSync(join(ROOT, document), 'utf8')
    const named = [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path)
    assert.ok(named.length > 0)
    assert.deepEqual(
      named.filter((path) => !existsSync(join(ROOT, path))),
      [],
    )
  })
}

test('no file imports itself by way of others (types aside, which vanish)', () => {
  const imports = new Map(
    sources.map((file) => {
      const text = withoutComments(readFileSync(join(SRC, file), 'utf8'))
      const values = [...text.matchAll(/^(?:import(?! type)|export) [^'"]*from '(\.[^']+)'/gm)]
      return [file, values.map(([, target = '']) => relative(SRC, resolve(SRC, dirname(file), target)))]
    }),
  )
  const finished = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' -> ')}`)
    if (finished.has(file)) return
    for (const target of imports.get(file) ?? []) visit(target, [...path, file])
    finished.add(file)
  }
  for (const file of sources) visit(file, [])
})

test('[127] the wall clock is read where a date is meant, and nowhere else: every interval is monotonic', () => {
  const programs = sources.filter((file) => layerOf(file) !== 'web') // a page has no other clock to show times by
  const readers = programs.filter((file) => /Date\.now|new Date\(\)/.test(readFileSync(join(SRC, file), 'utf8')))
  // When something was recorded, to compare with times of files; the creation date in a .torrent; what the API calls
  // dates; the schedule of limits; when people were seen and what they said; how long a tracker was away;
  // when something happened, and when a browser signed in.
  assert.deepEqual(readers, [
    'cli/commands/contacts.ts',
    'cli/commands/inside.ts',
    'cli/make-torrent.ts',
    'daemon/daemon.ts',
    'daemon/details-rows.ts',
    'daemon/journal.ts',
    'daemon/page-sessions.ts',
    'daemon/rpc/tracker-fields.ts',
    'daemon/share-jobs.ts',
    'daemon/torrent-list.ts',
    'daemon/uploads.ts',
    'direct/contacts.ts',
    'direct/talk.ts',
    'engine/resume.ts',
    'tracker/tracker-clock.ts',
  ])
})
