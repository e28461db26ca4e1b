// What users say about protocol encryption.

/**
 * 'allowed': plain first, which costs nothing; encrypted with who wants it. 'required': nothing is said or answered in plain.
 * 'off': nobody's encryption is answered.
 */
export const ENCRYPTION_MODES = ['allowed', 'required', 'off'] as const
export type EncryptionMode = (typeof ENCRYPTION_MODES)[number]
