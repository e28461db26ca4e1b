import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'

const MODULE = pathToFileURL(join(import.meta.dirname, '../../src/cli/v8-flags.ts')).href
/** Compiled with V8's own flags, as Node's own modules are. */
const compiled = new Script('1').createCachedData().toString('base64')

for (const command of ['download', 'create']) {
  test(`${command}: what comes compiled is not compiled again while it starts`, () => {
    const script = `
      process.argv = [process.argv[0], 'shoal', '${command}']
      await import('${MODULE}')
      const { Script } = await import('node:vm')
      const { cachedDataRejected } = new Script('1', { cachedData: Buffer.from('${compiled}', 'base64') })
      console.log(cachedDataRejected)`
    const env = { ...process.env, NODE_OPTIONS: '' }
    const answer = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', env })
    assert.equal(answer.trim(), 'false')
  })
}
