// `GET /events` and `GET /events/torrent`: what changes, as server-sent events.
import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { parseAddress, printAddress } from '../core/address.ts'
import type { Listener } from './changing.ts'
import type { Daemon } from './daemon.ts'
import { type EventReader, STREAM_TIMES, type StreamTimes, streamEvents, type Told } from './event-stream.ts'
import { sessionStillGood } from './guard.ts'
import { PeopleReader } from './people-feed.ts'
import type { DaemonEvent } from './rpc/types.ts'
import { FeedReader } from './torrent-feed.ts'

/** What stops readers of events from piling up. */
const MAX_READERS = 64
/** Of what happened before somebody listens, so much is told. */
const MAX_LOG_AT_FIRST = 200

type Part = DaemonEvent['event']
const PARTS: readonly Part[] = ['torrents', 'people', 'direct', 'session', 'log', 'jobs']
/** As it was before there were others; the shell asks for no more. */
const USUAL_PARTS = 'torrents,people'
/** Numbers of torrents are told from info-hashes by their length. */
const NUMBER = /^\d{1,10}$/

export function addEvents(
  app: Hono<{ Bindings: HttpBindings }>,
  daemon: Daemon,
  times: StreamTimes = STREAM_TIMES,
): void {
  let readers = 0
  const counted = (reader: EventReader): EventReader => {
    readers++
    return {
      next: () => reader.next(),
      close: () => {
        readers--
        reader.close()
      },
    }
  }
  app.use('/events/*', async (context, next) => {
    // Nobody would read what a HEAD begins.
    if (context.req.method !== 'GET') return context.text('Changes are told to GET.\n', 405)
    return readers < MAX_READERS ? next() : context.text('Too many are listening already.\n', 503)
  })

  app.get('/events', (context) => {
    const words = (context.req.query('parts') ?? USUAL_PARTS).split(',')
    const parts = PARTS.filter((part) => words.includes(part))
    const unknown = words.find((word) => !parts.some((part) => part === word))
    if (unknown !== undefined) {
      return context.text(`There is no part ${JSON.stringify(unknown)}: parts are ${PARTS.join(', ')}.\n`, 400)
    }
    return streamEvents(context, counted(readerOf(daemon, parts)), () => sessionStillGood(context), times)
  })

  app.get('/events/torrent', (context) => {
    const { id, peer } = context.req.query()
    const address = parseAddress(peer ?? '')
    if (id === undefined) return context.text('Which torrent? Say "id", its number or info-hash.\n', 400)
    if (peer !== undefined && address === undefined) {
      return context.text('peer: expected ip:port, such as 192.0.2.7:6881.\n', 400)
    }
    const listed = daemon.list.get(NUMBER.test(id) ? Number(id) : id)
    if (listed === undefined) return context.text('There is no such torrent here.\n', 404)
    const reader = detailsReader(daemon, listed.id, address && printAddress(address))
    return streamEvents(context, counted(reader), () => sessionStillGood(context), times)
  })
}

function readerOf(daemon: Daemon, parts: readonly Part[]): EventReader {
  const looks = parts.map((event) => ({ event, look: lookAt(daemon, event) }))
  return {
    next() {
      const told = looks.map(({ event, look }): Told => ({ event, data: look() }))
      return told.filter(({ data }) => data !== undefined)
    },
    close: () => undefined,
  }
}

/** What is new of one part, each time it is asked. */
function lookAt(daemon: Daemon, part: Part): () => (DaemonEvent & { readonly event: Part })['data'] | undefined {
  const listener: Listener = { told: 0 }
  switch (part) {
    case 'torrents': {
      const reader = new FeedReader()
      return () => daemon.feed.changesFor(reader)
    }
    case 'people': {
      const people = daemon.direct && new PeopleReader(daemon.direct)
      return () => people?.news()
    }
    case 'direct':
      return () => daemon.direct && daemon.feeds.direct.newsFor(listener, daemon.direct)
    case 'session':
      return () => daemon.feeds.session.newsFor(listener)
    case 'jobs':
      return () => daemon.feeds.jobs.newsFor(listener)
    case 'log': {
      let last: number | undefined
      return () => {
        const rows = daemon.journal.since(last ?? 0)
        const isFirst = last === undefined
        last = rows.at(-1)?.id ?? last ?? 0
        return isFirst ? rows.slice(-MAX_LOG_AT_FIRST) : rows.length > 0 ? rows : undefined
      }
    }
  }
}

function detailsReader(daemon: Daemon, id: number, peer: string | undefined): EventReader {
  const { details } = daemon.feeds
  const reader = details.open(id, peer)
  let isGone = false
  return {
    next() {
      if (isGone) return 'end'
      const news = details.newsFor(reader)
      isGone = news === 'gone'
      if (news === 'gone') return [{ event: 'gone', data: {} }]
      return news === undefined ? [] : [{ event: 'details', data: news }]
    },
    close: () => details.close(reader),
  }
}
