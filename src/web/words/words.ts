// The words of the page, in the language of the reader: english.ts, with the files that it takes in, is the shape of every other.
import { english } from './english.ts'

export type Words = typeof english

export const words: Words = english
