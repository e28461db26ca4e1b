// The five programs that every test of both roles runs.
import { aria2 } from './aria2.ts'
import type { Client } from './client.ts'
import { libtorrent } from './libtorrent.ts'
import { qbittorrent } from './qbittorrent.ts'
import { rtorrent } from './rtorrent.ts'
import { transmission } from './transmission.ts'

export const CLIENTS: readonly Client[] = [transmission, aria2, libtorrent, qbittorrent, rtorrent]
