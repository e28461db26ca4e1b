// `shoal start`, `stop`, `recheck`, `announce`, `remove`, `queue`: one word said to one or more torrents of the daemon.
import { type Command, Option } from 'commander'
import { printable } from '../../core/printable.ts'
import { addAskOptions, type AskOptions, daemonOf, print, waitingNote, type WithoutDaemon } from './ask.ts'

interface Action {
  readonly name: string
  readonly summary: string
  readonly method: string
  readonly done: string
  readonly without?: WithoutDaemon
  /** Said at the end where no daemon runs. */
  readonly isToRun?: boolean
}

const ACTIONS: readonly Action[] = [
  { name: 'stop', summary: 'leave their swarms until they are started', method: 'torrent_stop', done: 'Stopped' },
  {
    name: 'recheck',
    summary: 'hash again all that is on disk',
    method: 'torrent_verify',
    done: 'Checking',
    without: 'run',
  },
  {
    name: 'announce',
    summary: 'tell their trackers at once',
    method: 'torrent_reannounce',
    done: 'Announcing',
    without: 'refuse',
  },
]

interface RemoveOptions extends AskOptions {
  readonly deleteData?: boolean
}

interface StartOptions extends AskOptions {
  readonly now?: boolean
}

interface QueueOptions extends AskOptions {
  readonly to: keyof typeof PLACES
}

const PLACES = { top: 'first', up: 'one earlier', down: 'one later', bottom: 'last' } as const

export function addActionCommands(program: Command): void {
  const start = addTorrentCommand(program, 'start', 'go on with torrents that were stopped').option(
    '--now',
    'at once, whoever else waits',
  )
  addAskOptions(start, 'shoal start 1', 'shoal start photos --now').action((words: string[], options: StartOptions) => {
    const method = options.now === true ? 'torrent_start_now' : 'torrent_start'
    return act({ method, done: 'Started', isToRun: true }, words, options)
  })
  for (const action of ACTIONS) {
    const command = addTorrentCommand(program, action.name, action.summary)
    addAskOptions(command, `shoal ${action.name} 1`, `shoal ${action.name} photos 3`).action(
      (words: string[], options: AskOptions) => act(action, words, options),
    )
  }
  const remove = addTorrentCommand(program, 'remove', 'forget them; their files stay').option(
    '--delete-data',
    'delete their files too, but not those of torrents that were added with --seed',
  )
  addAskOptions(remove, 'shoal remove photos', 'shoal remove 1 2 --delete-data').action(
    (words: string[], options: RemoveOptions) => {
      const params = { delete_local_data: options.deleteData === true }
      return act({ method: 'torrent_remove', done: 'Removed' }, words, options, params)
    },
  )
  const queue = addTorrentCommand(program, 'queue', 'say whose turn comes first, where not all run at once').addOption(
    new Option('--to <place>', 'where they go').choices(Object.keys(PLACES)).makeOptionMandatory(),
  )
  addAskOptions(queue, 'shoal queue photos --to top', 'shoal queue 1 2 --to bottom').action(
    (words: string[], options: QueueOptions) => {
      return act({ method: `queue_move_${options.to}`, done: `Goes ${PLACES[options.to]}` }, words, options)
    },
  )
}

function addTorrentCommand(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .summary(summary)
    .description(`Torrents of the daemon: ${summary}.`)
    .argument('<torrent...>', 'numbers, or beginnings of names or info-hashes, as shoal list shows them')
}

async function act(
  action: Omit<Action, 'name' | 'summary'>,
  words: readonly string[],
  options: AskOptions,
  params: object = {},
): Promise<void> {
  await using daemon = await daemonOf(options, action.without)
  const torrents = await daemon.torrents(words)
  await daemon.call(action.method, { ids: torrents.map(({ hash_string: hash }) => hash), ...params })
  print(options, { done: action.method, torrents: torrents.map(({ hash_string: hash }) => hash) }, () =>
    torrents.map(({ id, name }) => `${action.done}: ${id} ${printable(name)}\n`).join(''),
  )
  if (action.isToRun === true && options.json !== true) process.stdout.write(waitingNote(daemon))
  if (daemon.isHosted && action.without === 'run') {
    for (const { hash_string: hash } of torrents) await daemon.whenChecked(hash)
  }
}
