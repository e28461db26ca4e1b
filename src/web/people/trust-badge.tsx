// How far somebody is trusted, in a word.
import type { JSX } from 'preact'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { Icon } from '../parts/icon.tsx'
import { words } from '../words/words.ts'

const KINDS = { unknown: '', trusted: 'good', blocked: 'bad' } as const
const ICONS = { unknown: 'user', trusted: 'shield', blocked: 'close' } as const

export function TrustBadge({ contact: { trust } }: { readonly contact: Pick<ContactRow, 'trust'> }): JSX.Element {
  return (
    <span class={`badge trust ${KINDS[trust]}`}>
      <Icon name={ICONS[trust]} />
      {words.folk.trust[trust]}
    </span>
  )
}
