// The words of the page, in the language of the reader: one file a language, all with the shape of english.ts.
import { english } from './english.ts'

export type Words = typeof english

export const words: Words = english
