// `shoal pieces`: which pieces of a torrent are here; and pieces as files, to be carried on a stick.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { ExportAnswer, ImportAnswer } from '../../daemon/rpc/types.ts'
import { count } from '../output/progress-line.ts'
import { pieceMap } from '../output/piece-map.ts'
import { printable } from '../../core/printable.ts'
import { printSize } from '../../core/sizes.ts'
import { addAskOptions, type AskOptions, daemonOf, print, TORRENT_ARGUMENT, terminalColumns } from './ask.ts'

const EXAMPLES = `
Examples:
  shoal pieces photos                                a map: which are here
  shoal pieces export photos /media/stick/photos
  shoal pieces import photos /media/stick/photos     in another place`

export function addPiecesCommand(program: Command): void {
  const pieces = program
    .command('pieces')
    .summary('show which pieces are here; export and import them')
    .description('Show which pieces of a torrent of the daemon are here, or carry them as files.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
  const show = pieces.command('show', { isDefault: true }).summary('show which pieces are here')
  show.description('Show which pieces of a torrent of the daemon are here.').argument('<torrent>', TORRENT_ARGUMENT)
  addAskOptions(show, 'shoal pieces 1', 'shoal pieces photos --json').action(runShow)
  const out = pieces.command('export').summary('write its pieces as files into a folder')
  out
    .description('Write each piece that is here as a file into a folder. Pieces that are there already are left alone.')
    .argument('<torrent>', TORRENT_ARGUMENT)
    .argument('<path>', 'the folder')
  addAskOptions(out, 'shoal pieces export photos /media/stick/photos').action(runExport)
  const back = pieces.command('import').summary('take the pieces in a folder that it lacks')
  back
    .description('Take from a folder the pieces that a torrent of the daemon lacks. Each is verified.')
    .argument('<torrent>', TORRENT_ARGUMENT)
    .argument('<path>', 'the folder')
  addAskOptions(back, 'shoal pieces import photos /media/stick/photos').action(runImport)
}

interface Pieces {
  readonly pieces: string
  readonly piece_count: number
  readonly availability: number[]
}

const MAP_COLUMNS = 64

async function runShow(word: string, options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options)
  const [torrent] = await daemon.torrents([word])
  const params = { ids: torrent?.hash_string, fields: ['pieces', 'piece_count', 'availability'] }
  const { torrents } = await daemon.call<{ torrents: Pieces[] }>('torrent_get', params)
  for (const one of torrents) print(options, one, () => showMap(one))
}

function showMap(answer: Pieces): string {
  if (answer.piece_count === 0) return 'The pieces are not known yet: the metadata is being fetched.\n'
  const have = Buffer.from(answer.pieces, 'base64')
  const has = (n: number): boolean => ((have[n >> 3] ?? 0) & (0x80 >> (n & 7))) !== 0
  return pieceMap(answer.piece_count, has, answer.availability, Math.min(terminalColumns() ?? MAP_COLUMNS, 120))
}

async function runExport(word: string, path: string, options: AskOptions): Promise<void> {
  const [answer, name] = await callFor<ExportAnswer>('shoal_pieces_export', word, path, options)
  const { pieces, bytes } = answer
  print(
    options,
    answer,
    () => `Exported of ${name}: ${count(pieces, 'piece')}, ${printSize(bytes)}, to ${printable(path)}\n`,
  )
}

async function runImport(word: string, path: string, options: AskOptions): Promise<void> {
  const [answer, name] = await callFor<ImportAnswer>('shoal_pieces_import', word, path, options)
  const { imported, here, bad } = answer
  const rest = bad === 0 ? '' : `; ${count(bad, 'file')} not of this torrent, or damaged`
  print(options, answer, () => `Imported into ${name}: ${count(imported, 'piece')}, ${here} were here before${rest}\n`)
}

async function callFor<Answer>(
  method: string,
  word: string,
  path: string,
  options: AskOptions,
): Promise<[answer: Answer, name: string]> {
  await using daemon = await daemonOf(options, 'run')
  const [torrent] = await daemon.torrents([word])
  if (daemon.isHosted) await daemon.whenChecked(torrent?.hash_string)
  const answer = await daemon.call<Answer>(method, { id: torrent?.hash_string, dir: resolve(path) }, 0)
  return [answer, printable(torrent?.name ?? '')]
}
