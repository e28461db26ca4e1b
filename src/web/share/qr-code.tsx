// A QR code, dark on light in every theme: readers want it so. The program that makes it is fetched when one is first shown.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { fetchPart } from '../parts/fetch-part.ts'
import { words } from '../words/words.ts'
import { qrPath, qrText } from './qr-text.ts'

const text = words.share.shared
/** Light modules around it: the standard wants four. */
const QUIET_ZONE = 4
/** Modules are all of one size: a whole number of pixels. As in share.css, and larger for codes that need it. */
const PAPER_PIXELS = 240
const LEAST_PIXELS = 3

interface Drawn {
  readonly path: string
  readonly size: number
}

interface QrCodeProps {
  /** Empty: not known yet. */
  readonly link: string
  /** For screen readers. */
  readonly label: string
}

export function QrCode({ link, label }: QrCodeProps): JSX.Element {
  const [drawn, setDrawn] = useState<Drawn>()
  const wanted = qrText(link)
  const content = wanted?.text
  useEffect(() => {
    if (content === undefined || content === '') return undefined
    let isOld = false
    void fetchPart(() => import('uqr')).then((part) => {
      if (isOld || part === undefined) return
      const { data, size } = part.encode(content, { ecc: 'L', boostEcc: true, border: QUIET_ZONE })
      setDrawn({ path: qrPath(data), size })
    })
    return () => {
      isOld = true
    }
  }, [content])
  if (wanted === undefined) return <p class="quiet small">{text.codeNone}</p>
  const pixels = drawn === undefined ? 0 : Math.max(LEAST_PIXELS, Math.floor(PAPER_PIXELS / drawn.size))
  return (
    <figure class="qr">
      <div class="qr-paper">
        {drawn !== undefined && (
          <svg
            role="img"
            aria-label={label}
            viewBox={`0 0 ${drawn.size} ${drawn.size}`}
            width={drawn.size * pixels}
            height={drawn.size * pixels}
            shape-rendering="crispEdges"
          >
            <path d={drawn.path} />
          </svg>
        )}
      </div>
      <figcaption class="quiet small">{wanted.isShort ? text.codeShort : text.codeHelp}</figcaption>
    </figure>
  )
}
