// Who may come in by WebSocket: upgrades of an HTTP server are looked at here, and refused or handed on.
import { hash } from 'node:crypto'
import type http from 'node:http'
import type net from 'node:net'
import { passkeyOf } from './announce-path.ts'
import { sourceIp } from './logic.ts'

export interface WsGuest {
  readonly passkey: string | undefined
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array
  /** What came behind the request. */
  readonly head: Uint8Array
}

export interface WsHost {
  /** False: guests are told to come later. */
  readonly hasRoom: boolean
  /** `answer` is to be written to `socket` first. Nothing of the HTTP server touches it any more. */
  welcome(socket: net.Socket, answer: string, guest: WsGuest): void
}

/** RFC 6455, section 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const PATHS: readonly string[] = ['/', '/announce']

/** Takes the upgrades of `server`, which stays its maker's to close; that waits for our sockets, so close the host first. */
export function openDoor(server: http.Server, host: WsHost): void {
  server.on('upgrade', ({ url = '', method, headers, socket }, _, head: Uint8Array) => {
    const [target = ''] = url.split('?', 1)
    const { path, passkey } = passkeyOf(target)
    const ip = sourceIp(socket.remoteAddress)
    if (!PATHS.includes(path)) return refuse(socket, '404 Not Found')
    if (ip === undefined || !host.hasRoom) return refuse(socket, '503 Service Unavailable')
    const answer = answerTo(method, headers)
    if (answer === undefined) return refuse(socket, '400 Bad Request', 'Sec-WebSocket-Version: 13\r\n')
    host.welcome(socket, answer, { passkey, ip, head })
  })
}

/** The head of the answer that opens a WebSocket; `undefined`: the request asks for none that there is. */
function answerTo(method: string | undefined, headers: http.IncomingHttpHeaders): string | undefined {
  const { upgrade, 'sec-websocket-key': key = '', 'sec-websocket-version': version } = headers
  const isWell = method === 'GET' && upgrade?.toLowerCase() === 'websocket' && version === '13'
  if (!isWell || !/^[+/0-9A-Za-z]{22}==$/.test(key)) return undefined
  const accept = hash('sha1', key + ACCEPT_SUFFIX, 'base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
}

/** It is gone already. */
function ignoreWorld(): void {}

/** `headers`: whole lines. */
function refuse(socket: net.Socket, status: string, headers = ''): void {
  socket.on('error', ignoreWorld)
  socket.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}
