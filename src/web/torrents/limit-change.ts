// Limits of torrents as they are typed, and what of them is to be said to the daemon: only what the reader changed. Pure.

/** What is typed; empty: none of its own. */
export interface Limits {
  readonly down: string
  readonly up: string
  readonly ratio: string
}
export const NO_LIMITS: Limits = { down: '', up: '', ratio: '' }

/** What `torrent_get` tells of them. */
export interface LimitFields {
  readonly download_limit: number
  readonly download_limited: boolean
  readonly upload_limit: number
  readonly upload_limited: boolean
  readonly seed_ratio_limit: number
  /** 0: as the settings say, 1: its own, 2: none. */
  readonly seed_ratio_mode: number
}
export const LIMIT_FIELDS = [
  'download_limit',
  'download_limited',
  'upload_limit',
  'upload_limited',
  'seed_ratio_limit',
  'seed_ratio_mode',
] as const satisfies readonly (keyof LimitFields)[]

export function limitsOf(now: LimitFields): Limits {
  return {
    down: now.download_limited ? String(now.download_limit) : '',
    up: now.upload_limited ? String(now.upload_limit) : '',
    ratio: now.seed_ratio_mode === 1 ? String(now.seed_ratio_limit) : '',
  }
}

/** Of one torrent, of which it is known what held before. */
export function changesOfOne(typed: Limits, before: Limits): object {
  const { down, up, ratio } = typed
  return wish({
    ...(down !== before.down && { down }),
    ...(up !== before.up && { up }),
    ...(ratio !== before.ratio && { ratio }),
  })
}

/** Of many, which may differ: what is empty stays as it is, or is taken away from all. */
export function changesOfMany(typed: Limits, isRestCleared: boolean): object {
  const { down, up, ratio } = typed
  const isMeant = (value: string): boolean => isRestCleared || value !== ''
  return wish({
    ...(isMeant(down) && { down }),
    ...(isMeant(up) && { up }),
    ...(isMeant(ratio) && { ratio }),
  })
}

/** For `torrent_set`. */
function wish({ down, up, ratio }: Partial<Limits>): object {
  return {
    ...(down !== undefined && rate('download', down)),
    ...(up !== undefined && rate('upload', up)),
    ...(ratio !== undefined &&
      (ratio === '' ? { seed_ratio_mode: 0 } : { seed_ratio_mode: 1, seed_ratio_limit: Number(ratio) })),
  }
}

function rate(way: 'download' | 'upload', value: string): object {
  if (value === '') return { [`${way}_limited`]: false }
  return { [`${way}_limited`]: true, [`${way}_limit`]: Math.round(Number(value)) }
}
