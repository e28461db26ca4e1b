// Methods on people: contacts, messages, and files from hand to hand.
import * as v from 'valibot'
import { parseAddress, printAddress } from '../../core/address.ts'
import { AppError } from '../../core/errors.ts'
import { parseInfoHash } from '../../core/ids.ts'
import type { Contact } from '../../direct/contacts.ts'
import type { Direct } from '../../direct/direct.ts'
import type { Link } from '../../direct/link.ts'
import { MAX_FILES } from '../../direct/protocol.ts'
import { allowedSources } from '../allowed-folders.ts'
import type { Daemon } from '../daemon.ts'
import { safeDownloadDir } from '../download-dir.ts'
import { contactRow, contactRows, fetchRow, linkRow, messageRow, offerRow, transferRow } from '../people-rows.ts'
import { type Caller, type JsonObject, type Method, method } from './method.ts'

function peopleOf({ direct }: Daemon): Direct {
  if (direct !== undefined) return direct
  throw new AppError('usage', 'this daemon knows no people: set "direct-on" to true, and start it again')
}

const OFFER_ANSWER = v.object({ id: v.number(), yes: v.boolean(), files: v.optional(v.array(v.number())) })

/** No send holds more files, and each path is one at least. */
const paths = v.pipe(v.array(v.string()), v.maxLength(MAX_FILES))

const LINK = v.object({ paths, pin: v.optional(v.string(), '') })

function linkJson(direct: Direct, link: Link): JsonObject {
  const { downloads, ...row } = linkRow(direct, link)
  return { ...row, downloads: downloads.map((download) => ({ ...download })) }
}

const TORRENT_OF = v.object({ contact: v.string(), hash: v.string() })
const LOOK = v.object({ look: v.optional(v.boolean(), false), scan: v.optional(v.boolean(), false) })

const LS = v.object({ contact: v.string(), words: v.optional(v.string(), ''), after: v.optional(v.string(), '') })
const GET = v.object({ path: v.string(), from: v.array(v.string()), dir: v.optional(v.string()) })

const contact = v.object({ contact: v.string() })
const names = v.optional(v.array(v.string()))

/** Those who are named; without names everybody who was added. */
function chosen(direct: Direct, wanted: readonly string[] | undefined): Contact[] {
  if (wanted !== undefined) return [...new Set(wanted)].map((name) => direct.contacts.find(name))
  const all = direct.contacts.all().filter(({ isKept, trust }) => isKept && trust !== 'blocked')
  if (all.length === 0) throw new AppError('not-found', 'there are no contacts yet: shoal contacts add NAME ADDRESS')
  return all
}

async function say(daemon: Daemon, params: { text: string; to?: string[] | undefined }): Promise<JsonObject> {
  const direct = peopleOf(daemon)
  const told = await Promise.all(
    chosen(direct, params.to).map(async (one) => ({ name: one.name, delivered: await direct.say(one, params.text) })),
  )
  return { told }
}

const SEND = v.object({ paths, to: names, pin: v.optional(v.string()) })

/** The owner gives away what he likes, others what they may see. Throws AppError. */
async function sources(daemon: Daemon, wanted: readonly string[], { isLocal }: Caller): Promise<readonly string[]> {
  return isLocal ? wanted : allowedSources(daemon, wanted)
}

async function send(daemon: Daemon, params: v.InferOutput<typeof SEND>, caller: Caller): Promise<JsonObject> {
  const direct = peopleOf(daemon)
  const { to, pin } = params
  const transfers = await direct.send(await sources(daemon, params.paths, caller), chosen(direct, to), pin)
  return { transfers: transfers.map((transfer) => ({ ...transferRow(transfer) })) }
}

async function add(daemon: Daemon, params: { name: string; address: string }): Promise<JsonObject> {
  const address = parseAddress(params.address)
  if (address === undefined) {
    throw new AppError('usage', `expected ip:port, such as 192.0.2.7:53317, got ${JSON.stringify(params.address)}`)
  }
  const direct = peopleOf(daemon)
  return { ...contactRow(direct, await direct.add(params.name, address)) }
}

const CHANGE = v.object({
  contact: v.string(),
  name: v.optional(v.string()),
  trust: v.optional(v.picklist(['unknown', 'trusted', 'blocked'])),
})

function change(daemon: Daemon, { contact: word, name, trust }: v.InferOutput<typeof CHANGE>): JsonObject {
  const direct = peopleOf(daemon)
  const { contacts } = direct
  const wished = { ...(name !== undefined && { name }), ...(trust !== undefined && { trust }) }
  return { ...contactRow(direct, contacts.change(contacts.find(word), wished)) }
}

export const DIRECT_METHODS: Readonly<Record<string, Method>> = {
  shoal_contacts: method(LOOK, async (daemon, { look, scan }) => {
    const direct = peopleOf(daemon)
    if (look) direct.look()
    if (scan) await direct.scan()
    const { fingerprint } = direct.identity
    return { contacts: contactRows(direct).map((row) => ({ ...row })), own: { fingerprint, port: direct.port } }
  }),
  shoal_contact_add: method(v.object({ name: v.string(), address: v.string() }), add),
  shoal_contact_change: method(CHANGE, change),
  shoal_contact_remove: method(contact, (daemon, { contact: word }) => {
    const { contacts } = peopleOf(daemon)
    contacts.remove(contacts.find(word))
    return {}
  }),
  shoal_contact_ping: method(contact, async (daemon, { contact: word }) => {
    const direct = peopleOf(daemon)
    return { ...(await direct.ping(direct.contacts.find(word))) }
  }),
  shoal_say: method(v.object({ text: v.pipe(v.string(), v.minLength(1)), to: names }), say),
  shoal_inbox: method(v.object({ clear: v.optional(v.boolean(), false) }), (daemon, { clear }) => {
    const { talk } = peopleOf(daemon)
    const messages = talk.inbox.map((message) => ({ ...messageRow(message) }))
    if (clear) talk.clear()
    return { messages }
  }),
  shoal_send: method(SEND, send),
  shoal_transfers: method(v.object({}), (daemon) => {
    const { incoming, outgoing } = peopleOf(daemon)
    return {
      sent: Array.from(outgoing.all, (transfer) => ({ ...transferRow(transfer) })),
      offers: [...incoming.all].map((offer) => ({ ...offerRow(offer) })),
    }
  }),
  shoal_send_cancel: method(v.object({ id: v.number() }), (daemon, { id }) => {
    peopleOf(daemon).outgoing.cancel(id)
    return {}
  }),
  shoal_link_open: method(LINK, async (daemon, params, caller) => {
    const direct = peopleOf(daemon)
    return linkJson(direct, await direct.openLink(await sources(daemon, params.paths, caller), params.pin))
  }),
  shoal_link: method(v.object({}), (daemon) => {
    const direct = peopleOf(daemon)
    return { link: direct.link === undefined ? null : linkJson(direct, direct.link) }
  }),
  shoal_link_close: method(v.object({}), (daemon) => {
    peopleOf(daemon).closeLink()
    return {}
  }),
  shoal_torrent_of: method(TORRENT_OF, async (daemon, { contact: word, hash }) => {
    const direct = peopleOf(daemon)
    const known = parseInfoHash(hash)
    if (known === undefined) throw new AppError('usage', `expected an info-hash in hex, got ${JSON.stringify(hash)}`)
    const { metainfo, peer } = await direct.torrentOf(direct.contacts.find(word), known)
    return { metainfo: Buffer.from(metainfo).toString('base64'), peer: printAddress(peer) }
  }),
  shoal_ls: method(LS, async (daemon, { contact: word, words, after }) => {
    const direct = peopleOf(daemon)
    return { files: (await direct.filesOf(direct.contacts.find(word), words, after)).map((entry) => ({ ...entry })) }
  }),
  shoal_get: method(GET, async (daemon, { path, from, dir }) => {
    const direct = peopleOf(daemon)
    const folder = safeDownloadDir(daemon.settings, dir ?? daemon.settings['receive-dir'])
    return { ...fetchRow(await direct.fetching.get(path, chosen(direct, from), folder)) }
  }),
  shoal_fetches: method(v.object({}), (daemon) => ({
    fetches: Array.from(peopleOf(daemon).fetching.all, (fetch) => ({ ...fetchRow(fetch) })),
  })),
  shoal_fetch_end: method(v.object({ id: v.number() }), async (daemon, { id }) => {
    await peopleOf(daemon).fetching.end(id)
    return {}
  }),
  shoal_offer_answer: method(OFFER_ANSWER, (daemon, { id, yes, files }) => {
    return { ...offerRow(peopleOf(daemon).incoming.answer(id, yes, files)) }
  }),
}
