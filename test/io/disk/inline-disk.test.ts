import { InlineDisk } from '../../../src/io/disk/inline-disk.ts'
import { diskSuite } from '../../suites/disk.ts'
import { diskFilesSuite } from '../../suites/disk-files.ts'
import { diskRefusalsSuite } from '../../suites/disk-refusals.ts'

diskSuite('inline', () => new InlineDisk())
diskFilesSuite('inline', () => new InlineDisk())
diskRefusalsSuite('inline', () => new InlineDisk())
