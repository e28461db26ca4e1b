// Who may be sent something, and what is asked of the daemon for it.
import type { ContactRow, LinkRow, TransferRow } from '../../daemon/rpc/types.ts'
import { tellError } from '../parts/toast.tsx'
import { wordFor } from '../people/contact-list.ts'
import { call } from '../state/api.ts'

/** Who was added first, then who is nearby; nobody who is blocked. `find`: part of the name. */
export function receivers(contacts: readonly ContactRow[], find: string): readonly ContactRow[] {
  const wanted = find.trim().toLowerCase()
  return contacts
    .filter(({ trust, name }) => trust !== 'blocked' && name.toLowerCase().includes(wanted))
    .toSorted((a, b) => Number(b.isKept) - Number(a.isKept) || b.seenAt - a.seenAt || a.id - b.id)
}

export function isOver({ state }: TransferRow): boolean {
  return state === 'done' || state === 'declined' || state === 'failed' || state === 'cancelled'
}

export interface Sent {
  readonly paths: readonly string[]
  readonly to: readonly ContactRow[]
  /** Numbers of the transfers. */
  readonly ids: readonly number[]
}

/** Throws ApiError. */
export async function send(paths: readonly string[], to: readonly ContactRow[], pin: string): Promise<Sent> {
  const params = { paths, to: to.map(wordFor), ...(pin !== '' && { pin }) }
  const { transfers } = await call<{ transfers: readonly TransferRow[] }>('shoal_send', params)
  return { paths, to, ids: transfers.map(({ id }) => id) }
}

/** Beside the files; what goes wrong with it is told, and stops nothing. */
export function say(message: string, to: readonly ContactRow[]): void {
  if (message.trim() === '') return
  call('shoal_say', { text: message.trim(), to: to.map(wordFor) }).catch(tellError)
}

export function openLink(paths: readonly string[], pin: string): Promise<LinkRow> {
  return call<LinkRow>('shoal_link_open', { paths, pin })
}
