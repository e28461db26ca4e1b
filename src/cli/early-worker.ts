// Commands that hash, read or write need a worker of the disk: its thread begins before the rest is loaded.
import { startSpareWorker } from '../io/disk/worker-thread.ts'

const WITH_DISK = ['create', 'daemon', 'download', 'seed', 'share', 'verify']

if (WITH_DISK.includes(process.argv[2] ?? '')) startSpareWorker()
