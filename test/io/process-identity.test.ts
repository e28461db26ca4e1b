import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { isRunning, thisProcess } from '../../src/io/process-identity.ts'
import { startProgram, until } from '../support/program.ts'

const isLinux = process.platform === 'linux'

test('this process runs', () => {
  assert.ok(isRunning(thisProcess()))
  if (isLinux) assert.match(`${thisProcess().bootId} ${thisProcess().startedAt}`, /^[0-9a-f-]{36} \d+$/)
})

test('a process that ended does not run', async () => {
  await using child = startProgram('true', [])
  await child.exited()
  assert.ok(!isRunning({ ...thisProcess(), pid: child.pid }))
  assert.ok(!isRunning({ ...thisProcess(), pid: child.pid, startedAt: undefined }))
})

test('nor does one of an earlier boot, or one whose number was given to another', { skip: !isLinux }, () => {
  assert.ok(!isRunning({ ...thisProcess(), bootId: 'earlier' }))
  assert.ok(!isRunning({ ...thisProcess(), startedAt: '1' }))
})

test('nor does nobody', () => assert.ok(!isRunning({ ...thisProcess(), pid: 0, startedAt: undefined })))

test('nor does one that ended and that its parent forgot', { skip: !isLinux }, async () => {
  let zombie = 0
  const onLine = (line: string): void => {
    zombie = Number(line)
  }
  await using parent = startProgram('sh', ['-c', 'true & echo $!; exec sleep 60'], { onLine })
  const statOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '')
  await until('a zombie', () => zombie > 0 && statOf(zombie).startsWith('Z '), { program: parent })
  assert.ok(!isRunning({ ...thisProcess(), pid: zombie, startedAt: statOf(zombie).split(' ')[19] }))
})
