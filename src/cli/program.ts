// The command line as a whole: which commands there are, and what help says. The engine is loaded by the command that
// needs it, so that help and usage errors come at once.
import { Command, CommanderError } from 'commander'
import { AppError } from '../core/errors.ts'
import { addActionCommands } from './commands/actions.ts'
import { addAddCommand } from './commands/add.ts'
import { addUnlistCommand } from './commands/catalogue.ts'
import { addConfigCommand } from './commands/config.ts'
import { addConnectCommands } from './commands/connect.ts'
import { addContactsCommand } from './commands/contacts.ts'
import { addCreateCommand } from './commands/create.ts'
import { addDaemonCommand } from './commands/daemon.ts'
import { addDownloadCommand } from './commands/download.ts'
import { addFollowCommand } from './commands/follow.ts'
import { addInfoCommand } from './commands/info.ts'
import { addInsideCommands } from './commands/inside.ts'
import { addListCommand } from './commands/list.ts'
import { addLogCommand } from './commands/log.ts'
import { addMoveCommand } from './commands/move.ts'
import { addPiecesCommand } from './commands/pieces.ts'
import { addPlayCommand } from './commands/play.ts'
import { addRenameCommand } from './commands/rename.ts'
import { addSeedCommand } from './commands/seed.ts'
import { addSendCommands } from './commands/send.ts'
import { addSetCommand } from './commands/set.ts'
import { addSharedCommands } from './commands/shared.ts'
import { addShareCommand } from './commands/share.ts'
import { addShellCommand } from './commands/shell.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTalkCommands } from './commands/talk.ts'
import { addTourCommand } from './commands/tour.ts'
import { addTrackerCommand } from './commands/tracker.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { addWebCommand } from './commands/web.ts'
import { EXIT_CODE_MEANINGS } from './exit-codes.ts'
import { version } from '../io/version.ts'

const EXAMPLES = `
Examples:
  shoal                                              a prompt for all of this; TAB completes
  shoal tour                                         see it work, on this machine alone
  shoal share ./photos                               share a folder; prints the link to pass on
  shoal download 'magnet:?xt=...' --dir ~/Downloads  get what is behind a link
  shoal tracker                                      help the others to find each other
  shoal create ./photos -t http://tracker:6969/announce
  shoal info photos.torrent
  shoal help download                                all options of a command
`

/** How commander is set up for the program and every command: errors are thrown, main.ts prints them. */
export function buildProgram(): Command {
  const program = new Command('shoal')
    .description('Share files and folders from peer to peer, with any BitTorrent program on the other side.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help of a command')
    .usage('<command> [options]')
    .exitOverride()
    .configureOutput({ outputError: () => {}, writeErr: () => {} })
    .addHelpText('after', EXAMPLES + exitCodesText())
  program.commandsGroup('One thing at a time:')
  addShareCommand(program)
  addDownloadCommand(program)
  addSeedCommand(program)
  addCreateCommand(program)
  addInfoCommand(program)
  addVerifyCommand(program)
  addTrackerCommand(program)
  addUnlistCommand(program)
  addTourCommand(program)
  program.commandsGroup('The daemon, and its torrents:')
  addShellCommand(program)
  addDaemonCommand(program)
  addStatusCommand(program)
  addWebCommand(program)
  addAddCommand(program)
  addListCommand(program)
  addActionCommands(program)
  addFollowCommand(program)
  addSetCommand(program)
  addInsideCommands(program)
  addPiecesCommand(program)
  addMoveCommand(program)
  addRenameCommand(program)
  addPlayCommand(program)
  addConnectCommands(program)
  addConfigCommand(program)
  addLogCommand(program)
  program.commandsGroup('People:')
  addContactsCommand(program)
  addSendCommands(program)
  addSharedCommands(program)
  addTalkCommands(program)
  for (const command of program.commands) takeStateDir(command)
  return program
}

/** Scripts may say it to every command. */
function takeStateDir(command: Command): void {
  if (command.commands.length > 0 || command.options.some(({ long }) => long === '--state-dir')) return
  command.option('--state-dir <folder>', 'taken by all commands; this one keeps nothing')
}

function exitCodesText(): string {
  const lines = Object.entries(EXIT_CODE_MEANINGS).map(([code, meaning]) => `  ${code}  ${meaning}`)
  return `\nExit codes:\n${lines.join('\n')}`
}

/** Runs what the arguments say. Throws AppError 'usage' for what they should not say. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    await buildProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return // help and version were printed
    const isHelp = error.code === 'commander.help' // what commander shows where there is no such command
    const message = isHelp
      ? 'there is no such command'
      : error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
    throw new AppError('usage', `${message} (shoal --help shows what can be said)`, { cause: error })
  }
}
