// How fast it is now and was in the last minutes, and which limits hold.
import type { JSX } from 'preact'
import type { SessionEvent } from '../../daemon/rpc/page-types.ts'
import { SpeedPlot } from '../details/speed-plot.tsx'
import { printRate } from '../format.ts'
import { Icon } from '../parts/icon.tsx'
import { rates } from '../state/live.ts'
import { words } from '../words/words.ts'

const text = words.settings.status

export function SpeedCard({ now }: { readonly now: SessionEvent | undefined }): JSX.Element {
  return (
    <section class="card stack" aria-label={text.speedTitle}>
      <div class="line">
        <h2>{text.speedTitle}</h2>
        {now?.is_limited === true && (
          <span class="badge warn">
            <Icon name="gauge" />
            {text.slowMode}
          </span>
        )}
      </div>
      <dl class="rates">
        <Rate icon="down" name={text.down} rate={now?.rate_download} limit={now?.down_limit} />
        <Rate icon="up" name={text.up} rate={now?.rate_upload} limit={now?.up_limit} />
      </dl>
      <div class="plot-room">
        <SpeedPlot points={rates.value} />
      </div>
    </section>
  )
}

interface RateProps {
  readonly icon: 'down' | 'up'
  readonly name: string
  readonly rate: number | undefined
  /** kB/s; null: none. */
  readonly limit: number | null | undefined
}

function Rate({ icon, name, rate, limit }: RateProps): JSX.Element {
  return (
    <div class={icon}>
      <dt class="quiet small">
        <Icon name={icon} /> {name}
      </dt>
      <dd class="number">{rate === undefined ? '' : printRate(rate)}</dd>
      <dd class="quiet small">
        {limit === undefined ? '' : limit === null ? text.noLimit : text.limit(printRate(limit * 1000))}
      </dd>
    </div>
  )
}
