import { DiskPool } from '../../../src/io/disk/disk-pool.ts'
import { diskSuite } from '../../suites/disk.ts'

diskSuite('pool', () => new DiskPool())
