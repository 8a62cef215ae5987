// The schema of the environments of a config: their hosts, and how to log in there.
import * as v from 'valibot'
import { isRefName } from '../../protocol/grammar.ts'
import { address, hostName, user } from './names.ts'
import {
  either,
  exact,
  keyOf,
  named,
  onOrOff,
  text,
  textsOf,
  together,
  twice,
  valuesOf,
  whole,
} from './schema-parts.ts'

const ENVIRONMENT = /^[a-z][a-z0-9-]{0,31}$/
/** What `ssh -J` takes: no option, no command, nothing that a shell would read. */
const PROXY_JUMP =
  /^(?:none|(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:,(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)*)$/
const HOST_KEY = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}(?: .*)?$/

const port = whole(1, 65535)
const ref = v.pipe(v.string('must be a branch'), v.check(isRefName, 'must be the name of a branch'))

const host = exact({
  name: address,
  address: v.optional(address),
  port: v.optional(port),
  user: v.optional(user),
})

const hostOrName = either([hostName, host], (input) =>
  typeof input === 'object' && input !== null ? host : hostName,
)

const ssh = exact({
  user: v.optional(user),
  port: v.optional(port),
  identityFile: v.optional(v.string('must be a path')),
  knownHostsFile: v.optional(v.string('must be a path')),
  hostKeys: v.optional(
    v.array(
      text(HOST_KEY, "must be a public key, as ssh-keyscan prints it after the name: 'ssh-ed25519 AAAA…'"),
      'must be a list of keys',
    ),
  ),
  connectTimeout: v.optional(whole(1, 600)),
  transport: v.optional(v.picklist(['ssh2', 'openssh'], "must be 'ssh2' or 'openssh'")),
  proxyJump: v.optional(
    text(
      PROXY_JUMP,
      "must be jump hosts as ssh -J takes them: 'user@host:port', several with commas, or 'none'",
    ),
  ),
})

const environment = exact({
  hosts: together(
    v.pipe(v.array(hostOrName, 'must be a list of hosts'), v.minLength(1, 'must name at least one host')),
    (hosts) => {
      const name = twice(textsOf(valuesOf(hosts).map((each) => keyOf(each, 'name'))))
      return name === undefined ? undefined : `names '${name}' twice`
    },
  ),
  default: v.optional(onOrOff),
  branch: v.optional(ref),
  confirm: v.optional(onOrOff),
  after: v.optional(v.string('must be the name of an environment')),
  ssh: v.optional(ssh),
})

const sandboxEnvironment = exact({
  sandbox: v.literal(true),
  default: v.optional(onOrOff),
  branch: v.optional(ref),
})

/** By name; the one that `sandbox()` makes has no hosts. */
export const environments = together(
  v.pipe(
    named(
      text(ENVIRONMENT, 'must be lower-case letters, digits and hyphens'),
      either([environment, sandboxEnvironment], (input) =>
        isSandbox(input) ? sandboxEnvironment : environment,
      ),
      'must be { NAME: { hosts: […] } }',
    ),
    v.check((all) => Object.keys(all).length > 0, 'must have at least one environment'),
  ),
  (all) =>
    valuesOf(all).filter((each) => keyOf(each, 'default') === true).length > 1
      ? 'has more than one default'
      : undefined,
)

function isSandbox(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'sandbox' in input
}
