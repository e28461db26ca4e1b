// Names from outside become names of files. Every name that a torrent, a magnet link or a person elsewhere sends
// passes here before it meets a disk or a terminal; Windows differs from the rest only where it must.
//
// The rule: a name is cleaned, never a reason to refuse, because odd names are common in honest torrents (`a:b`, old
// encodings) and after cleaning a hostile one is only ugly: `../../etc` becomes `etc`, inside the download folder.
// What cleaning does depends on the name and the platform alone, so that a restart finds the files again.

/** Element of a path in UTF-8: common file systems hold 255 bytes, and `.part` or a few digits are still to come. */
export const MAX_NAME_BYTES = 240
/** PATH_MAX of Linux is 4,096 bytes; nobody nests deeper than this, but a hostile path could have a million elements. */
export const MAX_PATH_ELEMENTS = 100

/** `process.platform` of Node: 'win32' has more forbidden names, 'win32' and 'darwin' fold case and Unicode forms. */
export type Platform = string

/** The name as an element of a path; `undefined` for `.` and `..`, which are dropped from paths. Never empty. */
export function safeName(raw: Uint8Array, platform: Platform): string | undefined {
  return cleaned(decodeName(raw), platform)
}

/** Text from outside as a name to show, for example that of a magnet link. */
export function safeTitle(text: string): string {
  return cleaned(text.toWellFormed(), '') ?? '_'
}

/** Each element cleaned; never empty, never with an element that leads elsewhere. */
export function safePath(elements: readonly Uint8Array[], platform: Platform): string[] {
  const names = elements.map((element) => safeName(element, platform))
  // An array that is filled one by one has room for 17; most paths are kept for long, and nothing is dropped from them.
  const path = names.every((name) => name !== undefined) ? names : names.filter((name) => name !== undefined)
  return path.length === 0 ? ['_'] : path
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const LENIENT_UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** UTF-8; what is none becomes `_`. */
function decodeName(raw: Uint8Array): string {
  try {
    return STRICT_UTF8.decode(raw)
  } catch {
    return LENIENT_UTF8.decode(raw).replaceAll('\ufffd', '_') // an old encoding: still a name
  }
}

/** `/` and `\`, and the marks that reverse text: `exe.gpj` reversed would look like a picture. Zero-width: look-alikes. */
const DROPPED = /[/\\\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g
/** The two zero-width joiners shape Persian and Indic words and family emoji; between other letters they only hide. */
const STRAY_JOINER = /(?<![^\x00-\x7f\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f\u200c\u200d])/g
/** C0, DEL, C1: they move cursors and ring bells, and NUL ends names. The line separators break lists of names. */
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g
/** Not allowed in Windows names; `:` also reaches drives and alternate streams. */
const WINDOWS_FORBIDDEN = /[<>:"|?*]/g
/** Devices on Windows, whatever the extension. */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*(\.|$)/i

function cleaned(text: string, platform: Platform): string | undefined {
  if (text === '.' || text === '..') return undefined
  let name = text.replace(DROPPED, '').replace(CONTROL, '_').replace(STRAY_JOINER, '')
  // What only became dots by cleaning was no honest reference to a folder.
  if (name === '' || name === '.' || name === '..') return '_'
  if (platform !== 'win32') return shortened(name, MAX_NAME_BYTES)
  name = name.replace(WINDOWS_FORBIDDEN, '_')
  if (WINDOWS_DEVICE.test(name)) name = `_${name}`
  return shortened(name, MAX_NAME_BYTES).replace(/[. ]$/, '_')
}

/** At most `maxBytes` of UTF-8, cut in the stem so that the extension stays. */
export function shortened(name: string, maxBytes: number): string {
  if (name.length * 3 <= maxBytes || utf8Length(name) <= maxBytes) return name
  const { stem, extension } = splitExtension(name)
  return cut(stem, maxBytes - utf8Length(extension)) + extension
}

/** `name.tar` and `.gz`; what is too long to be an extension is part of the stem, and so is a leading dot. */
export function splitExtension(name: string): { readonly stem: string; readonly extension: string } {
  const dot = name.lastIndexOf('.')
  if (dot <= 0 || utf8Length(name.slice(dot)) > 16) return { stem: name, extension: '' }
  return { stem: name.slice(0, dot), extension: name.slice(dot) }
}

function utf8Length(text: string): number {
  let length = 0
  for (const character of text) length += characterBytes(character)
  return length
}

function cut(text: string, maxBytes: number): string {
  let kept = ''
  let length = 0
  for (const character of text) {
    length += characterBytes(character)
    if (length > maxBytes) break
    kept += character
  }
  return kept
}

function characterBytes(character: string): number {
  const code = character.codePointAt(0) ?? 0
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}
