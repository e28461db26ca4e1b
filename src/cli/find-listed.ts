// Torrents by name or info-hash, in what a tracker lists: for `shoal download --from` and `shoal unlist`.
import { AppError } from '../core/errors.ts'
import { type InfoHash, parseInfoHash } from '../core/ids.ts'
import { MAX_FOUND, torrentsNamed } from '../core/tracker/catalogue-answer.ts'
import { catalogueSource } from '../daemon/catalogue-source.ts'
import type { Source } from '../engine/load-source.ts'
import { type Catalogue, searchCatalogue } from '../io/catalogue-client.ts'
import { print, terminalColumns } from './commands/ask.ts'
import { listedTable } from './output/listed-table.ts'

/** Throws AppError: 'not-found', or 'usage' where several have the name; they are printed then, to choose from. */
export async function findListed(word: string, catalogue: Catalogue, isJson: boolean): Promise<InfoHash> {
  const given = parseInfoHash(word)
  if (given !== undefined) return given
  const { host } = new URL(catalogue.base)
  const { torrents } = await searchCatalogue(catalogue, word, MAX_FOUND)
  const named = torrentsNamed(word, torrents)
  const [only] = named
  const hash = only === undefined ? undefined : parseInfoHash(only.hash)
  if (hash === undefined) throw new AppError('not-found', `${host} lists nothing called "${word}"`)
  if (named.length === 1) return hash
  if (!isJson) print({}, named, () => listedTable(named, terminalColumns()))
  throw new AppError('usage', `${host} lists ${named.length} that "${word}" could be: say more of it, or its info-hash`)
}

/** The torrent that is listed, and no other. It also asks the tracker that it was found at, unless it is private. */
export async function loadListed(
  word: string,
  catalogue: Catalogue,
  isJson: boolean,
): Promise<Source & { readonly kind: 'torrent' }> {
  return catalogueSource(await findListed(word, catalogue, isJson), catalogue)
}
