// Two apps under two accounts: what one tries on the other. The long form, with a shared account, is in test/attacks.
import { apartSuite } from '../attacks/support/apart-suite.ts'

apartSuite('apps kept apart', { withShared: false })
