// Examples made of what a person wrote: the value as it should be.
import { posix } from 'node:path'
import { PATH } from '../../protocol/grammar.ts'
import { quoteText } from '../../recipe/config-words.ts'
import { SERVICE_VERBS } from '../../recipe/kinds/service-step.ts'
import { PROGRAM_PATHS } from '../../recipe/program-paths.ts'
import { didYouMean } from '../../words/did-you-mean.ts'

/** `'/src'` should be `'src/'`. */
export function asTreeFolder({ input }: { input: unknown }): string {
  const rule = "must be a folder of the commit: relative, without '..'"
  const [, folder] = /^\/+(.*?)\/*$/.exec(String(input)) ?? []
  return folder && PATH.test(folder) ? `${rule}: ${quoteText(`${folder}/`)}` : rule
}

/** `'var/www/site'` should be `'/var/www/site/'`. */
export function asHostFolder({ input }: { input: unknown }): string {
  const [, folder] = /^([A-Za-z0-9._+@-]+(?:\/[A-Za-z0-9._+@-]+)+)\/*$/.exec(String(input)) ?? []
  const own = folder && PATH.test(folder) ? `/${folder}/` : '/var/www/site/'
  return `must be an absolute path, at least two folders deep: ${quoteText(own)}`
}

/** `'systemctl'` should be `'/usr/bin/systemctl'`. */
export function withPath({ input }: { input: readonly unknown[] }): string {
  const [program, verb, unit, ...more] = input
  const name =
    typeof program === 'string' && /^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(program) ? program : undefined
  const known = name === undefined ? undefined : PROGRAM_PATHS[name]
  if (known !== undefined) {
    const isService = name === 'systemctl' && SERVICE_VERBS.some((each) => each === verb) && more.length === 0
    const better =
      isService && typeof unit === 'string'
        ? `; or write service(${quoteText(unit)}, ${quoteText(String(verb))}), which also waits until it is active`
        : ''
    return `must begin with an absolute path: ${quoteText(known)} in place of ${quoteText(name ?? '')}${better}`
  }
  const rule = "must begin with an absolute path: '/usr/sbin/apachectl'"
  return name === undefined ? rule : `${rule}. On a host, 'command -v ${name}' says where it is`
}

/** `'relaod'` should be `'reload'`. */
export function asVerb({ input }: { input: unknown }): string {
  return [`must be one of ${SERVICE_VERBS.join(', ')}`, ...didYouMean(String(input), SERVICE_VERBS)].join(
    '. ',
  )
}

/** `service('shop.timer', …)` should be a root step. */
export function asRootStep({ input }: { input: string }): string {
  return `is not a service, which would stay active: write root(['/usr/bin/systemctl', 'restart', ${quoteText(input)}])`
}

/** `'npm ci'` should be `['npm', 'ci']`. */
export function asWords(example: string): (issue: { input: unknown }) => string {
  return ({ input }) => {
    const words =
      typeof input === 'string' && /^[A-Za-z0-9 ._/=:@,+-]+$/.test(input)
        ? input.split(' ').filter(Boolean)
        : []
    const own = words.length > 0 ? `[${words.map(quoteText).join(', ')}]` : example
    return `must be a list of words: ${own}`
  }
}

/** `'alice@web1:2222'` should be `{ name: 'web1', user: 'alice', port: 2222 }`. */
export function asHost({ input }: { input: string }): string {
  const [, user, name, port] =
    /^(?:ssh:\/\/)?(?:([A-Za-z0-9._-]+)@)?([A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d{1,5}))?\/?$/.exec(input) ?? []
  if (name === undefined || (user === undefined && port === undefined))
    return 'must be only a host name or an address: write user and port as { name, user, port }'
  const parts = [
    `name: ${quoteText(name)}`,
    ...(user ? [`user: ${quoteText(user)}`] : []),
    ...(port ? [`port: ${Number(port)}`] : []),
  ]
  return `must be only a host name or an address: write { ${parts.join(', ')} }`
}

/** `'My App'` should be `'my-app'`. */
export function asApp({ input }: { input: unknown }): string {
  const rule = 'must be at most 24 lower-case letters, digits and hyphens, and begin with a letter'
  const plain =
    typeof input === 'string'
      ? input
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '-')
          .replace(/^[^a-z]+/, '')
          .slice(0, 24)
          .replace(/-+$/, '')
      : ''
  return plain === '' ? rule : `${rule}, for example ${quoteText(plain)}`
}

/** `'github.com/acme/shop'` should be `'git@github.com:acme/shop'`. */
export function asRepository({ input }: { input: unknown }): string {
  const rule = 'must be an absolute path on the host, ssh://…, https://… or user@host:path'
  const [, server, path] =
    /^(?:http:\/\/|git:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)[/:]([A-Za-z0-9._/~-]+)$/i.exec(String(input)) ?? []
  return server === undefined || path === undefined ? rule : `${rule}: ${quoteText(`git@${server}:${path}`)}`
}

/** What a check looks at. */
export function asPage({ input }: { input: unknown }): string {
  const rule = /^https?:\/\/./.test(String(input))
    ? 'must be a URL of letters, digits and . _ ~ / % + , : @ = - ? &'
    : 'must be a URL that begins with http:// or https://'
  return `${rule}, for example 'http://localhost/health'`
}

/** `'./apps/web'` should be `'apps/web'`. */
export function asPath({ input }: { input: unknown }): string {
  const rule = "must be a folder or a file as git has it, from the top of the repository: 'apps/web/'"
  const plain = typeof input === 'string' ? posix.normalize(input).replace(/^\/+/, '') : ''
  return plain !== input && PATH.test(plain) ? `${rule}; here ${quoteText(plain)}` : rule
}
