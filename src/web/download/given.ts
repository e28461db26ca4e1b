// What somebody typed or pasted into the one box: something to download, or words to search for.

export type Given =
  | { readonly kind: 'nothing' }
  /** For `shoal_inspect` and `torrent_add`. */
  | { readonly kind: 'link' | 'hash'; readonly source: string }
  | { readonly kind: 'words'; readonly words: string }

/** SHA-1 in hex or base32, as BEP 9 has it. */
const HASH_V1 = /^(?:[0-9a-f]{40}|[a-z2-7]{32})$/i
/** SHA-256 in hex. */
const HASH_V2 = /^[0-9a-f]{64}$/i
/** BEP 9: how a multihash of SHA-256 begins. */
const SHA_256 = '1220'

export function recognize(text: string): Given {
  const given = text.trim()
  if (given === '') return { kind: 'nothing' }
  if (/^magnet:\?/i.test(given)) return { kind: 'link', source: given }
  if (/^https?:\/\/\S+$/i.test(given) && URL.canParse(given)) return { kind: 'link', source: given }
  if (HASH_V2.test(given)) return { kind: 'hash', source: `magnet:?xt=urn:btmh:${SHA_256}${given.toLowerCase()}` }
  // 32 letters are a hash in base32; a word of that length is none that anybody searches for.
  if (HASH_V1.test(given)) return { kind: 'hash', source: given }
  return { kind: 'words', words: given }
}
