/**
 * So far behind the beginning of an allocation lies what the system is to read files into. To 1 to 31 bytes behind the beginning of a memory
 * page it copies a quarter as fast, for the processor takes what is read for what it has just written; and large allocations
 * begin 0 or 16 bytes behind one.
 */
export const PAGE_SKEW = 64
