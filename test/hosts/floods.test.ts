// Floods of requests on a real host, in short. The long form is in test/attacks.
import { floodSuite, SHORT } from '../attacks/support/flood-suite.ts'

floodSuite('floods', SHORT)
