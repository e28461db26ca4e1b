// The end of an upload: all of it is on the platters, and gets the name that people see, never over something else.
import { lstat, mkdir, open, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { numberedName } from '../io/disk/file-places.ts'
import { failedFile } from '../io/files.ts'
import type { UploadLayout } from './upload-layout.ts'

/** From the work folder to `dir`, as `name (1)` where the name is taken. Answers its path. Throws AppError. */
export async function finishUpload(work: string, { name, files }: UploadLayout, dir: string): Promise<string> {
  for (const { path, size } of files) await finishFile(join(work, ...path), size)
  try {
    return await giveName(join(work, name), dir, name)
  } catch (cause) {
    throw failedFile('write', join(dir, name), cause)
  }
}

async function finishFile(path: string, size: number): Promise<void> {
  try {
    if (size === 0) await mkdir(dirname(path), { recursive: true }) // nothing was ever written there
    await using file = await open(path, size === 0 ? 'a' : 'r+')
    await file.datasync()
  } catch (cause) {
    throw failedFile('write', path, cause)
  }
}

/** A rename replaces what is there: so the name is claimed by something empty of ours first. */
async function giveName(from: string, dir: string, wanted: string): Promise<string> {
  const isFolder = (await lstat(from)).isDirectory()
  const path = await claim(dir, wanted, isFolder)
  try {
    if (isFolder && process.platform === 'win32') await rmdir(path) // there a folder replaces none
    await rename(from, path)
    return path
  } catch (cause) {
    await (isFolder ? rmdir(path) : rm(path)).catch(() => {}) // the failure itself is what counts
    throw cause
  }
}

async function claim(dir: string, wanted: string, isFolder: boolean): Promise<string> {
  for (let n = 0; ; n++) {
    const path = join(dir, numberedName(wanted, n))
    try {
      if (isFolder) await mkdir(path)
      else await (await open(path, 'wx')).close()
      return path
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    }
  }
}
