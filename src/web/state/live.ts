// What the daemon tells by itself, as signals: opened when somebody is signed in, and opened again when it breaks.
import { batch, effect, signal } from '@preact/signals'
import type { DirectEvent, JobRow, LogRow, SessionEvent } from '../../daemon/rpc/page-types.ts'
import type {
  ContactRow,
  FetchRow,
  LinkRow,
  MessageRow,
  OfferRow,
  TorrentsEvent,
  TransferRow,
} from '../../daemon/rpc/types.ts'
import { isSignedIn, request } from './api.ts'
import { applyTorrents } from './told-torrents.ts'

export const isConnected = signal(true)
export const session = signal<SessionEvent | undefined>(undefined)
/** The daemon has told of people what there is. */
export const isPeopleLoaded = signal(false)
export const contacts = signal<readonly ContactRow[]>([])
export const sent = signal<readonly TransferRow[]>([])
export const offers = signal<readonly OfferRow[]>([])
export const fetches = signal<readonly FetchRow[]>([])
export const messages = signal<readonly MessageRow[]>([])
export const link = signal<LinkRow | undefined>(undefined)
export const jobs = signal<readonly JobRow[]>([])
export const log = signal<readonly LogRow[]>([])

/** As many as the daemon keeps. */
const MAX_LOG = 500
const AGAIN_MS = 2_000
/** A page that nobody looks at leaves one of the browser's six connections to a daemon to those that are. */
const HIDDEN_MS = 5 * 60_000
const PARTS = 'torrents,direct,session,log,jobs'

/** Seconds of rates, the newest last: for the plot of all torrents. */
const MAX_RATES = 300
export const rates = signal<readonly (readonly [at: number, down: number, up: number])[]>([])

let source: EventSource | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let resting: ReturnType<typeof setTimeout> | undefined
let isResting = false

effect(() => {
  if (isSignedIn.value === true) open()
  else close()
})

document.addEventListener('visibilitychange', () => {
  clearTimeout(resting)
  if (document.hidden) resting = setTimeout(rest, HIDDEN_MS)
  else if (isResting) {
    isResting = false
    void openAgain()
  }
})

function rest(): void {
  if (isNeededHidden()) resting = setTimeout(rest, HIDDEN_MS)
  else {
    close()
    isResting = true
  }
}

/** Notifications come of what is told; the daemon ends a link that nobody listens about. */
function isNeededHidden(): boolean {
  const mayNotify = typeof Notification === 'function' && Notification.permission === 'granted'
  return mayNotify || link.value !== undefined
}

function open(): void {
  close()
  let isFirst = true
  const opened = new EventSource(`/events?parts=${PARTS}`)
  source = opened
  const on = <Data>(event: string, apply: (data: Data) => void): void => {
    opened.addEventListener(event, ({ data }: MessageEvent<string>) => apply(JSON.parse(data) as Data))
  }
  on<TorrentsEvent>('torrents', (event) => {
    applyTorrents(event, isFirst)
    isFirst = false
    isConnected.value = true
    noteRates()
  })
  on<DirectEvent>('direct', applyDirect)
  on<SessionEvent>('session', (event) => {
    session.value = event
  })
  on<readonly JobRow[]>('jobs', (rows) => {
    jobs.value = rows
  })
  on<readonly LogRow[]>('log', (rows) => {
    const newest = log.value.at(-1)?.id ?? 0
    log.value = [...log.value, ...rows.filter(({ id }) => id > newest)].slice(-MAX_LOG)
  })
  opened.onerror = () => {
    isConnected.value = false
    // Also where the browser would try again by itself: everything is told anew then, and `isFirst` is to be true.
    close()
    timer = setTimeout(() => void openAgain(), AGAIN_MS)
  }
}

async function openAgain(): Promise<void> {
  try {
    const { signedIn } = await request<{ signedIn: boolean }>('GET', '/page/me')
    if (isResting) return
    if (signedIn) {
      // The numbers of the log begin anew with the daemon.
      log.value = []
      open()
    } else isSignedIn.value = false
  } catch {
    isConnected.value = false
    if (isResting) return
    timer = setTimeout(() => void openAgain(), AGAIN_MS)
  }
}

function close(): void {
  clearTimeout(timer)
  source?.close()
  source = undefined
}

function applyDirect(event: DirectEvent): void {
  batch(() => {
    isPeopleLoaded.value = true
    contacts.value = event.contacts ?? contacts.value
    sent.value = event.sent ?? sent.value
    offers.value = event.offers ?? offers.value
    fetches.value = event.fetches ?? fetches.value
    messages.value = event.messages ?? messages.value
    if (event.link !== undefined) link.value = event.link ?? undefined
  })
}

function noteRates(): void {
  const { rate_download: down = 0, rate_upload: up = 0 } = session.value ?? {}
  rates.value = [...rates.value, [Date.now() / 1000, down, up] as const].slice(-MAX_RATES)
}
