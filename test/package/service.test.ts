// The unit and the container file say what this version of the program understands.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { buildProgram } from '../../src/cli/program.ts'
import { findProgram } from '../support/program.ts'
import { spawnSync } from 'node:child_process'

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../../packaging', name), 'utf8')

/** The words after `shoal` parse as the daemon's. */
function isDaemon(words: readonly string[]): void {
  const [name, ...options] = words
  assert.equal(name, 'daemon')
  const command = buildProgram().commands.find((one) => one.name() === name)
  assert.ok(command)
  const { operands, unknown } = command.parseOptions(options)
  assert.deepEqual([operands, unknown], [[], []])
}

test('the systemd unit starts the daemon, with a state folder of its own', () => {
  const unit = read('shoal.service')
  const sections = [...unit.matchAll(/^\[(\w+)\]$/gm)].map(([, name]) => name)
  assert.deepEqual(sections, ['Unit', 'Service', 'Install'])
  for (const line of unit.split('\n')) assert.match(line, /^$|^#|^\[\w+\]$|^[A-Z]\w+=.+$/)
  const [, start = ''] = /^ExecStart=\S+ shoal (.*)$/m.exec(unit) ?? []
  isDaemon(start.split(' '))
  assert.match(unit, /^StateDirectory=shoal /m)
  if (findProgram('systemd-analyze') === undefined) return // its own check, where there is systemd
  const file = join(import.meta.dirname, '../../packaging/shoal.service')
  const { stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
  assert.doesNotMatch(stderr, /shoal\.service:\d+: /)
})

test('the container file starts the daemon, reachable from outside of the container', () => {
  const text = read('Containerfile')
  for (const line of text.split('\n'))
    assert.match(line, /^$|^#|^(FROM|WORKDIR|COPY|RUN|USER|VOLUME|EXPOSE|ENTRYPOINT|CMD) \S/)
  const list = (name: string): unknown => JSON.parse(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? '')
  assert.deepEqual(list('ENTRYPOINT'), ['shoal'])
  const words = list('CMD') as string[]
  isDaemon(words)
  assert.ok(words.includes('0.0.0.0:9091'))
})
