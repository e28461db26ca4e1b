import assert from 'node:assert/strict'
import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { AppError } from '../../src/core/errors.ts'
import { blobOf, Database, numberOf, textOf } from '../../src/io/database.ts'
import { makeHome } from '../support/program.ts'

const TABLE = ['CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT, bytes BLOB) STRICT']
const PAGE_BYTES = 4096

function newFile(): string {
  return join(makeHome('database'), 'a.db')
}

function wordsOf(db: Database): unknown[] {
  return db.all('SELECT word FROM words ORDER BY id').map(({ word }) => word)
}

/** Matches an AppError that names the file. */
function appError(code: string, file: string, text = ''): (error: unknown) => boolean {
  return (error) =>
    error instanceof AppError && error.code === code && error.message.includes(file) && error.message.includes(text)
}

test('rows come back as they were written', () => {
  const db = Database.open(newFile(), TABLE)
  const id = db.run('INSERT INTO words (word, bytes) VALUES (?, ?)', 'ant', Uint8Array.of(1, 2))
  db.run('INSERT INTO words (word, bytes) VALUES (?, ?)', null, new Uint8Array(0))
  const row = db.get('SELECT * FROM words WHERE id = ?', id)
  assert.deepEqual(
    [numberOf(row?.['id']), textOf(row?.['word']), blobOf(row?.['bytes'])],
    [1, 'ant', Uint8Array.of(1, 2)],
  )
  const second = db.get('SELECT * FROM words WHERE id = 2')
  assert.deepEqual([textOf(second?.['word']), blobOf(second?.['bytes'])], [undefined, new Uint8Array(0)])
  assert.equal(db.get('SELECT * FROM words WHERE id = 3'), undefined)
  db.close()
})

test('a new file is for its owner only', () => {
  const file = newFile()
  const db = Database.open(file, TABLE)
  for (const name of [file, `${file}-wal`, `${file}-shm`]) assert.equal(statSync(name).mode & 0o777, 0o600, name)
  db.close()
})

test('migrations run once each, in order, over the rows that are there', () => {
  const file = newFile()
  const first = Database.open(file, TABLE)
  first.run("INSERT INTO words (word) VALUES ('ant')")
  first.close()
  const both = [...TABLE, "UPDATE words SET word = word || 's'"]
  Database.open(file, both).close()
  const third = Database.open(file, both)
  assert.deepEqual(wordsOf(third), ['ants'])
  third.close()
})

test('a migration that fails leaves the version before it', () => {
  const file = newFile()
  Database.open(file, TABLE).close()
  assert.throws(() => Database.open(file, [...TABLE, 'DROP TABLE words', 'nonsense']))
  const db = Database.open(file, TABLE)
  assert.deepEqual(wordsOf(db), [])
  db.close()
})

test('a file of a newer version is not touched', () => {
  const file = newFile()
  Database.open(file, [...TABLE, 'CREATE TABLE more (id INTEGER) STRICT']).close()
  assert.throws(() => Database.open(file, TABLE), appError('disk-error', file, 'newer Shoal'))
})

test('a transaction that throws has changed nothing', () => {
  const db = Database.open(newFile(), TABLE)
  const work = (): void => {
    db.run("INSERT INTO words (word) VALUES ('ant')")
    throw new Error('no')
  }
  assert.throws(() => db.transaction(work), { message: 'no' })
  assert.deepEqual(wordsOf(db), [])
  assert.equal(
    db.transaction(() => 7),
    7,
  )
  db.close()
})

test('two connections see what the other wrote', () => {
  const file = newFile()
  const [one, other] = [Database.open(file, TABLE), Database.open(file, TABLE)]
  one.run("INSERT INTO words (word) VALUES ('ant')")
  other.run("INSERT INTO words (word) VALUES ('bee')")
  assert.deepEqual(wordsOf(one), ['ant', 'bee'])
  one.close()
  assert.deepEqual(wordsOf(other), ['ant', 'bee'])
  other.close()
})

test('what is no database is said to be damaged, with a way out', () => {
  const file = newFile()
  writeFileSync(file, 'these are no rows of anything, only words, and quite many of them'.repeat(100))
  assert.throws(() => Database.open(file, TABLE), appError('disk-error', file, 'is damaged: move it away'))
})

test('a database that was cut is said to be damaged when the lost part is read', () => {
  const file = newFile()
  const before = Database.open(file, TABLE)
  for (let n = 0; n < 50; n++) before.run('INSERT INTO words (bytes) VALUES (?)', new Uint8Array(PAGE_BYTES))
  before.close()
  truncateSync(file, 20 * PAGE_BYTES)
  const readAll = (): void => {
    const db = Database.open(file, TABLE)
    try {
      wordsOf(db)
    } finally {
      db.close()
    }
  }
  assert.throws(readAll, appError('disk-error', file, 'is damaged'))
})

test('a folder in its place is an error with a way out', () => {
  const file = newFile()
  mkdirSync(file)
  assert.throws(() => Database.open(file, TABLE), appError('disk-permission', file, 'choose another state folder'))
})

test('a full disk is an error, and once there is room again the work goes on', () => {
  const file = newFile()
  const db = Database.open(file, TABLE)
  db.run("INSERT INTO words (word) VALUES ('ant')")
  db.get('PRAGMA max_page_count = 4')
  const write = (): number =>
    db.run('INSERT INTO words (word, bytes) VALUES (?, ?)', 'bee', new Uint8Array(8 * PAGE_BYTES))
  assert.throws(write, appError('disk-full', file, 'make room'))
  assert.throws(() => db.transaction(write), appError('disk-full', file))
  db.get('PRAGMA max_page_count = 1000')
  db.transaction(write)
  assert.deepEqual(wordsOf(db), ['ant', 'bee'])
  db.close()
})
