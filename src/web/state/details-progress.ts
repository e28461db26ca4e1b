// How far files are, told as changes of a list that was told whole before.
import type { DetailsEvent, FileDetail } from '../../daemon/rpc/page-types.ts'

export function withProgress(
  files: readonly FileDetail[],
  progress: NonNullable<DetailsEvent['progress']>,
): readonly FileDetail[] {
  const after = files.slice()
  for (const [index, done] of progress) {
    const file = after[index]
    if (file !== undefined) after[index] = { ...file, done_bytes: done }
  }
  return after
}
