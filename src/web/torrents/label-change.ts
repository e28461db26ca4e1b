// Labels as they are typed, and what is to be said to give them to many torrents of which each keeps its others. Pure.

export function splitLabels(text: string): string[] {
  return [...new Set(text.split(',').map((one) => one.trim()))].filter((one) => one !== '')
}

export interface Labelled {
  readonly id: number
  readonly labels: readonly string[]
}

export interface LabelChange {
  readonly added: readonly string[]
  readonly removed: ReadonlySet<string>
}

/** A `torrent_set` for those that have the same labels afterwards; those that have them already are left out. */
export interface LabelCall {
  readonly ids: readonly number[]
  readonly labels: readonly string[]
}

export function labelCalls(torrents: readonly Labelled[], { added, removed }: LabelChange): LabelCall[] {
  const changed = torrents
    .map(({ id, labels }) => ({ id, before: labels, labels: afterChange(labels, added, removed) }))
    .filter(({ before, labels }) => JSON.stringify(before) !== JSON.stringify(labels))
  const byLabels = Map.groupBy(changed, ({ labels }) => JSON.stringify(labels))
  return Array.from(byLabels.values(), (same) => ({ ids: same.map(({ id }) => id), labels: same[0]?.labels ?? [] }))
}

function afterChange(labels: readonly string[], added: readonly string[], removed: ReadonlySet<string>): string[] {
  const kept = labels.filter((label) => !removed.has(label))
  return [...new Set([...kept, ...added])]
}
