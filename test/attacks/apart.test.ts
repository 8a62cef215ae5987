import { apartSuite } from './support/apart-suite.ts'

apartSuite('apps kept apart, and apps that share an account', { withShared: true })
