import { InlineDisk } from '../../../src/io/disk/inline-disk.ts'
import { diskSuite } from '../../suites/disk.ts'
import { diskFilesSuite } from '../../suites/disk-files.ts'

diskSuite('inline', () => new InlineDisk())
diskFilesSuite('inline', () => new InlineDisk())
