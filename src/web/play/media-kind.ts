// What a browser can do with a file, by the end of its name.

export type MediaKind = 'video' | 'audio' | 'picture' | 'text' | 'other'

export const MEDIA_KINDS: readonly MediaKind[] = ['video', 'audio', 'picture', 'text', 'other']

const ENDINGS: Readonly<Record<Exclude<MediaKind, 'other'>, string>> = {
  video: 'mp4 m4v webm mkv mov avi wmv flv mpg mpeg ts m2ts ogv 3gp vob divx',
  audio: 'mp3 m4a aac flac ogg oga opus wav wma aiff aif ape alac mka',
  picture: 'jpg jpeg png gif webp avif svg bmp ico apng jfif',
  text: 'txt md nfo srt vtt ass sub log csv tsv json xml yaml yml ini cfg conf cue m3u m3u8 html htm css js mjs py sh c h rs go java diz sfv md5 sha1 sha256',
}

const KIND_OF: ReadonlyMap<string, MediaKind> = new Map(
  Object.entries(ENDINGS).flatMap(([kind, endings]) =>
    endings.split(' ').map((ending): [string, MediaKind] => [ending, kind as Exclude<MediaKind, 'other'>]),
  ),
)

/** Names of types for `canPlayType`, where they are not the ending itself. */
const TYPES: Readonly<Record<string, string>> = {
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  wmv: 'video/x-ms-wmv',
  flv: 'video/x-flv',
  mpg: 'video/mpeg',
  ts: 'video/mp2t',
  m2ts: 'video/mp2t',
  ogv: 'video/ogg',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  oga: 'audio/ogg',
  opus: 'audio/ogg; codecs=opus',
  wma: 'audio/x-ms-wma',
  mka: 'audio/x-matroska',
}

export function endingOf(path: string): string {
  return /\.([a-z0-9]{1,8})$/i.exec(path)?.[1]?.toLowerCase() ?? ''
}

export function kindOf(path: string): MediaKind {
  return KIND_OF.get(endingOf(path)) ?? 'other'
}

/** For `canPlayType`; only of video and audio. */
export function typeOf(path: string): string {
  const ending = endingOf(path)
  const kind = kindOf(path)
  return TYPES[ending] ?? `${kind}/${ending}`
}

/** Files that follow each other when one after the other is played: of the same kind, in the order that people see. */
export function inSequence(paths: readonly string[], order: readonly number[], file: number): readonly number[] {
  const kind = kindOf(paths[file] ?? '')
  return kind === 'other' ? [file] : order.filter((n) => kindOf(paths[n] ?? '') === kind)
}
