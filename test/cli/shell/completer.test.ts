import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { DaemonClient } from '../../../src/cli/daemon-client.ts'
import { buildProgram } from '../../../src/cli/program.ts'
import { complete } from '../../../src/cli/shell/completer.ts'
import { serveDaemon } from '../../support/daemon.ts'
import { makeHome } from '../../support/program.ts'

test('commands, options, torrents and files are offered where they fit', async () => {
  await using it = await serveDaemon()
  const add = (name: string, digit: string): Promise<unknown> =>
    it.call('torrent_add', { filename: `magnet:?xt=urn:btih:${digit.repeat(40)}&dn=${name}`, paused: true })
  await add('photos', '1')
  await add('my%20films', '2')
  const daemon = new DaemonClient(it.daemon.stateDir)
  const dir = makeHome('files')
  mkdirSync(join(dir, 'folder'))
  writeFileSync(join(dir, 'a file.torrent'), '')
  writeFileSync(join(dir, '.hidden'), '')
  const offers = async (line: string): Promise<readonly string[]> => (await complete(line, buildProgram(), daemon))[0]

  assert.deepEqual(await offers('an'), ['announce '])
  assert.ok((await offers('')).includes('exit '))
  assert.deepEqual(await offers('help pie'), ['pieces '])
  assert.deepEqual(await offers('stop '), ['photos ', "'my films' "])
  assert.deepEqual(await offers('stop ph'), ['photos '])
  assert.deepEqual(await offers("stop 'my"), ["'my films' "])
  assert.deepEqual(await offers('remove photos --del'), ['--delete-data '])
  assert.deepEqual(await offers(`add ${dir}/f`), [`${dir}/folder/`])
  assert.deepEqual(await offers(`add ${dir}/a`), [`'${dir}/a file.torrent' `])
  assert.deepEqual(await offers(`add ${dir}/nothing/x`), [])
  assert.deepEqual(await offers('no-such-command x'), [])
  assert.deepEqual(await offers('disconnect photos '), [])
  assert.deepEqual(await offers('pieces '), ['show ', 'export ', 'import ', 'photos ', "'my films' "])
  assert.deepEqual(await offers('pieces p'), ['photos '])
  assert.deepEqual(await offers('pieces export ph'), ['photos '])
  assert.deepEqual(await offers(`pieces export photos ${dir}/f`), [`${dir}/folder/`])
})

test('without a daemon there are no torrents to offer, and no error', async () => {
  const [offers] = await complete('stop ph', buildProgram(), new DaemonClient(makeHome('nobody')))
  assert.deepEqual(offers, [])
})
