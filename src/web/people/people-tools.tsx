// Above the list of people: look who is nearby, search the network, add somebody by address.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { AskDialog } from '../parts/ask-dialog.tsx'
import { IconButton } from '../parts/button.tsx'
import { TextField } from '../parts/text-field.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { go } from '../state/route.ts'
import { words } from '../words/words.ts'
import { MAX_NAME } from './contact-list.ts'

const text = words.folk

export function PeopleTools(): JSX.Element {
  const [isAdding, setIsAdding] = useState(false)
  const look = async (): Promise<void> => {
    await call('shoal_contacts', { look: true })
    tell(text.looking)
  }
  return (
    <div class="tools">
      <IconButton icon="search" label={text.look} onPress={() => void look().catch(tellError)} />
      <IconButton icon="add" label={text.add} onPress={() => setIsAdding(true)} />
      {isAdding && <AddDialog onClose={() => setIsAdding(false)} />}
    </div>
  )
}

function AddDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const [name, setName] = useState('')
  const [address, setAddress] = useState('')
  const act = async (): Promise<void> => {
    const contact = await call<ContactRow>('shoal_contact_add', { name: name.trim(), address: address.trim() })
    tell((contact.fingerprint === null ? text.addedAway : text.added)(contact.name))
    go('people', String(contact.id))
  }
  return (
    <AskDialog
      title={text.addTitle}
      button={text.addButton}
      isDisabled={name.trim() === '' || address.trim() === ''}
      act={act}
      onClose={onClose}
    >
      <TextField label={text.addName} help={text.addNameHelp} maxLength={MAX_NAME} value={name} onChange={setName} />
      <TextField
        label={text.addAddress}
        help={text.addAddressHelp}
        isFirst={false}
        value={address}
        onChange={setAddress}
      />
    </AskDialog>
  )
}
