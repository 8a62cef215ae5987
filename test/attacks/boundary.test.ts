// The long form: the whole corpus by every way in, over real connections too.
import { boundarySuite } from './support/boundary-suite.ts'
import { CORPUS } from './support/corpus.ts'

boundarySuite('the boundary of a real host, with the whole corpus', { requests: CORPUS, overSsh: CORPUS })
