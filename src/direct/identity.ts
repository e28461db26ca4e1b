// Who we are to others: a key and a certificate that we signed ourselves, made on the first run and kept for ever. Its
// fingerprint is what contacts remember (LocalSend protocol v2.1, section 2).
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import forge from 'node-forge'
import { AppError } from '../core/errors.ts'
import { failedFile } from '../io/files.ts'

export interface Identity {
  /** PEM. */
  readonly key: string
  readonly cert: string
  readonly fingerprint: string
}

/** Never renewed: a new certificate would be a stranger to all contacts. */
const VALID_UNTIL = new Date('2099-12-31T00:00:00Z')

/** SHA-256 of the certificate in DER, in upper-case hex. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex').toUpperCase()
}

/** `identity.pem` in the state folder, for its owner's eyes only. Throws AppError. */
export function readOrMakeIdentity(stateDir: string): Identity {
  const file = join(stateDir, 'identity.pem')
  try {
    const made = openSync(file, 'wx', 0o600)
    try {
      writeSync(made, makePem())
    } finally {
      closeSync(made)
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw failedFile('write', file, cause)
  }
  try {
    return readPem(readFileSync(file, 'utf8'))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('E')) {
      throw failedFile('read', file, cause)
    }
    const way = 'restore it from a copy, or delete it and be new to all contacts'
    throw new AppError('usage', `${file} is damaged: ${way}`, { cause })
  }
}

function readPem(pem: string): Identity {
  const cert = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(pem)?.[0] ?? ''
  const key = /-----BEGIN PRIVATE KEY-----[^]*?-----END PRIVATE KEY-----/.exec(pem)?.[0] ?? ''
  if (key === '') throw new Error('no key')
  return { key, cert, fingerprint: fingerprintOf(new X509Certificate(cert).raw) }
}

/** RSA with 2,048 bits, as the LocalSend apps have it. */
function makePem(): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const key = forge.pki.privateKeyFromPem(privateKey)
  const cert = forge.pki.createCertificate()
  cert.publicKey = forge.pki.setRsaPublicKey(key.n, key.e)
  cert.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(15))}`
  cert.validity.notBefore = new Date(0)
  cert.validity.notAfter = VALID_UNTIL
  const name = [{ name: 'commonName', value: 'Shoal' }]
  cert.setSubject(name)
  cert.setIssuer(name)
  cert.sign(key, forge.md.sha256.create())
  return `${privateKey}${forge.pki.certificateToPem(cert)}`
}
