// The long form: more than the history keeps of one person.
import { floodSuite } from './support/flood-suite.ts'

floodSuite('floods of a thousand', { deploys: 1000, cancels: 1000 })
