// Addresses of trackers and web seeds as torrents and magnet links carry them.

/** Longer ones are nobody's tracker. */
const MAX_URL_CHARACTERS = 4096

/** The URLs among `texts`, each once, otherwise as they are: who uses one decides whether its scheme is known. */
export function usableUrls(texts: readonly (string | undefined)[]): string[] {
  const trimmed = texts.flatMap((text) => (text === undefined ? [] : [text.trim()]))
  return [...new Set(trimmed.filter(isUrl))]
}

/** Control characters would reach terminals and headers. */
function isUrl(text: string): boolean {
  return text.length <= MAX_URL_CHARACTERS && /^[a-z][a-z0-9+.-]*:\/\/[^\x00-\x1f\x7f-\x9f]+$/i.test(text)
}
