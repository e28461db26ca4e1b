// Commands that hash, read or write need a worker of the disk: its thread begins before the rest is loaded.
import { startSpareWorker } from '../io/disk/worker-thread.ts'
import { setLateFlags } from './v8-flags.ts'

const WITH_DISK = ['create', 'daemon', 'download', 'seed', 'share', 'verify']

/** Threads of others, and modules that only some commands need, are there by then. */
const LOADED_MS = 500

if (WITH_DISK.includes(process.argv[2] ?? '')) startSpareWorker(setLateFlags)
else setTimeout(setLateFlags, LOADED_MS).unref()
