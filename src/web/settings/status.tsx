// How Shoal does: whether others reach it, how fast it is, what it has given and got, and where it is.
import type { ComponentChildren, JSX } from 'preact'
import type { DaemonStatus } from '../../daemon/rpc/types.ts'
import type { SessionEvent } from '../../daemon/rpc/page-types.ts'
import { printDuration, printRatio, printSize } from '../format.ts'
import { Name, Notice } from '../parts/small.tsx'
import { rates, session } from '../state/live.ts'
import { hrefTo } from '../state/route.ts'
import { words } from '../words/words.ts'
import { SpeedCard } from './speed-card.tsx'
import { type Stats, useStatus } from './status-state.ts'

const text = words.settings.status

export function Status(): JSX.Element {
  const { status, stats, downloadDir, startedAt } = useStatus()
  const now = session.value
  return (
    <>
      {now?.is_direct_on === false && (
        <Notice kind="warn">
          {text.directOff} <a href={hrefTo('settings', 'people')}>{text.directOffWay}</a>. {text.directOffThen}
        </Notice>
      )}
      <Reach status={status} now={now} />
      <SpeedCard now={now} />
      <Totals stats={stats} torrents={status?.torrents} />
      <Card title={text.aboutTitle}>
        <Fact name={text.version}>{status?.version}</Fact>
        <Fact name={text.uptime}>{startedAt !== undefined && <Uptime startedAt={startedAt} />}</Fact>
        <Fact name={text.stateDir}>{status !== undefined && <Name text={status.stateDir} isCut={false} />}</Fact>
        <Fact name={text.downloadDir}>{downloadDir !== undefined && <Name text={downloadDir} isCut={false} />}</Fact>
        <Fact name={text.free}>
          {now !== undefined && (now.free_bytes === null ? words.unknown : printSize(now.free_bytes))}
        </Fact>
        <Fact name={text.page}>{status?.rpc}</Fact>
      </Card>
    </>
  )
}

interface CardProps {
  readonly title: string
  readonly children: ComponentChildren
}

function Card({ title, children }: CardProps): JSX.Element {
  return (
    <section class="card stack" aria-label={title}>
      <h2>{title}</h2>
      <dl class="facts">{children}</dl>
    </section>
  )
}

/** Its room is there before it is known. */
function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="break">{children}</dd>
    </div>
  )
}

interface ReachProps {
  readonly status: DaemonStatus | undefined
  readonly now: SessionEvent | undefined
}

function Reach({ status, now }: ReachProps): JSX.Element {
  const isReachable = now?.reachable === true
  return (
    <section class="card stack" aria-label={text.reachTitle}>
      <div class="line">
        <h2>{text.reachTitle}</h2>
        {now !== undefined && (
          <span class={isReachable ? 'badge good' : 'badge warn'}>
            {isReachable ? text.isReachable : text.isNotKnown}
          </span>
        )}
      </div>
      <p class="why">{now?.reachable_why}</p>
      <dl class="facts">
        <Fact name={text.listening}>
          {status !== undefined && (status.listening.length === 0 ? text.nowhere : status.listening.join(', '))}
        </Fact>
        <Fact name={text.externalIps}>
          {status !== undefined && (status.externalIps.length === 0 ? words.unknown : status.externalIps.join(', '))}
        </Fact>
        <Fact name={text.peers}>{now && words.number(now.peers)}</Fact>
      </dl>
    </section>
  )
}

interface TotalsProps {
  readonly stats: Stats | undefined
  readonly torrents: number | undefined
}

function Totals({ stats, torrents }: TotalsProps): JSX.Element {
  const columns = [stats?.current_stats, stats?.cumulative_stats]
  const row = (name: string, of: (column: Stats['current_stats']) => string): JSX.Element => (
    <tr>
      <th scope="row">{name}</th>
      {columns.map((column, n) => (
        <td key={n} class="number">
          {column && of(column)}
        </td>
      ))}
    </tr>
  )
  return (
    <section class="card stack" aria-label={text.totalsTitle}>
      <h2>{text.totalsTitle}</h2>
      <table class="totals">
        <thead>
          <tr>
            <td />
            <th scope="col">{text.thisRun}</th>
            <th scope="col">{text.allRuns}</th>
          </tr>
        </thead>
        <tbody>
          {row(text.received, (of) => printSize(of.downloaded_bytes))}
          {row(text.sent, (of) => printSize(of.uploaded_bytes))}
          {row(text.ratio, (of) =>
            of.downloaded_bytes > 0 ? printRatio(of.uploaded_bytes / of.downloaded_bytes) : '–',
          )}
          {row(text.time, (of) => printDuration(of.seconds_active))}
          {row(text.starts, (of) => words.number(of.session_count))}
        </tbody>
      </table>
      <dl class="facts">
        <Fact name={text.torrents}>{torrents !== undefined && words.number(torrents)}</Fact>
      </dl>
    </section>
  )
}

/** Goes on with what the daemon tells each second. */
function Uptime({ startedAt }: { readonly startedAt: number }): JSX.Element {
  const now = rates.value.at(-1)?.[0] ?? startedAt
  return <span class="number">{printDuration(now - startedAt)}</span>
}
