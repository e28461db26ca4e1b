// `npm run build:native`: src/io/sha1-pair.linux-x64.so from its assembly, with binutils. The result is kept in the repository:
// who installs Shoal needs no assembler. test/io/sha1-pair.test.ts compares the two.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const IO = join(import.meta.dirname, '../src/io')
const work = mkdtempSync(join(tmpdir(), 'shoal-native-'))
try {
  const object = join(work, 'sha1-pair.o')
  execFileSync('as', ['-o', object, join(IO, 'sha1-pair.s')])
  const flags = ['-shared', '--build-id=none', '-z', 'noseparate-code', '--strip-all']
  execFileSync('ld', [...flags, '-o', join(IO, 'sha1-pair.linux-x64.so'), object])
} finally {
  rmSync(work, { recursive: true })
}
