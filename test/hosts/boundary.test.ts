// The boundary of a real host, over real sshd and sudo, with a part of the corpus of test/attacks. The long form is there.
import { boundarySuite, SHORT } from '../attacks/support/boundary-suite.ts'

boundarySuite('the boundary of a real host', SHORT)
