// `shoal verify`: are the files on this disk what the torrent says?
import type { Command } from 'commander'
import { AppError } from '../../core/errors.ts'
import { onInterrupt } from '../interrupt.ts'
import { daemonOf, print } from './ask.ts'
import { listedInDaemon } from './listed.ts'
import { jsonOption } from '../options.ts'
import { printable } from '../../core/printable.ts'
import { openOutput } from '../output/reporter.ts'
import { commandName } from '../command-name.ts'

interface VerifyOptions {
  readonly dir: string
  readonly stateDir?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  shoal verify photos.torrent --dir ~/Downloads      the folder that holds "photos"
  shoal verify photos                                as shoal list shows it: the daemon hashes it again

Exit code 0: every piece is good. Nothing is changed.`

export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .summary('check files on this disk against a torrent')
    .description('Check whether files on this disk are complete and right.')
    .argument('<torrent>', 'a .torrent file, or the web address of one; or a torrent of the daemon')
    .option('-d, --dir <folder>', 'the folder that holds the file or folder', '.')
    .option('--state-dir <folder>', 'which daemon: the folder of its state; by default ~/.local/state/shoal')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(runVerify)
}

async function runVerify(torrent: string, options: VerifyOptions): Promise<void> {
  using interrupt = onInterrupt()
  using reporter = openOutput(options.json === true)
  if (await recheckIfListed(torrent, options)) return
  const { loadTorrent } = await import('../../engine/load-source.ts')
  const { metainfo } = await loadTorrent(torrent, interrupt.signal)
  const { verifyFiles } = await import('../verify-files.ts')
  const verified = await verifyFiles(metainfo, options.dir, reporter, interrupt.signal)
  reporter.report(verified)
  if (verified.files.length === 0 && verified.piecesGood === verified.pieces) return
  const { name, pieces, piecesGood, files } = verified
  const isElsewhere = files.length === metainfo.info.files.length && files.every(({ problem }) => problem === 'missing')
  const what = isElsewhere
    ? `no file of "${name}" is in "${options.dir}"; --dir is the folder that holds "${name}"`
    : `"${name}" is not complete: ${piecesGood} of ${pieces} pieces are good; shoal download gets the rest`
  throw new AppError('incomplete', what)
}

/** What is no file may be a torrent of the daemon, if there is one. */
async function recheckIfListed(word: string, options: VerifyOptions): Promise<boolean> {
  await using daemon = await daemonOf(options, 'refuse')
  const torrent = await listedInDaemon(word, daemon)
  if (torrent === undefined) return false
  await daemon.call('torrent_verify', { ids: torrent.hash_string })
  print(options, { done: 'recheck', torrents: [torrent.hash_string] }, () => {
    return `Checking: ${printable(torrent.name)}. "${commandName()} follow" shows how far it is.\n`
  })
  return true
}
