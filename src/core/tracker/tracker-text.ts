// Failure reasons and warnings are written by strangers and end up on terminals and pages.

/** A person reads one sentence; a page of it is an attack on the screen. */
const MAX_CHARACTERS = 1000

/**
 * Readable text of bytes that should be UTF-8: control characters (terminal escapes), line breaks and the marks that
 * turn the writing direction around become spaces, and at most 1,000 characters are left.
 */
export function cleanTrackerText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_CHARACTERS * 4))
  const printable = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return printable.slice(0, MAX_CHARACTERS).toWellFormed() // the cut may go through a character
}
