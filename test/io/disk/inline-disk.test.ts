import { InlineDisk } from '../../../src/io/disk/inline-disk.ts'
import { diskSuite } from '../../suites/disk.ts'

diskSuite('inline', () => new InlineDisk())
