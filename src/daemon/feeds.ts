// All that is looked at for those who listen, of one daemon: programs at its socket and pages share the looks.
import { ValueFeed } from './changing.ts'
import type { Daemon } from './daemon.ts'
import { DetailsFeed } from './details-feed.ts'
import { DirectFeed } from './direct-feed.ts'
import type { JobRow, SessionEvent } from './rpc/page-types.ts'
import { sessionFeed } from './session-feed.ts'

export class Feeds {
  readonly direct = new DirectFeed()
  readonly session: ValueFeed<SessionEvent>
  readonly jobs: ValueFeed<readonly JobRow[]>
  readonly details: DetailsFeed

  constructor(daemon: Daemon) {
    this.session = sessionFeed(daemon)
    this.jobs = new ValueFeed(() => daemon.jobs.rows())
    this.details = new DetailsFeed(daemon.list)
  }
}
