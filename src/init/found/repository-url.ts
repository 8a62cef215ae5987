// Where hosts fetch from, by the remotes of a checkout.
import type { Remote } from './project.ts'

/** What a remote comes to in a config. */
export type Repository = {
  url: string /** the git server, where ssh reaches it */
  server?: string /** a password was taken off */
  hadSecret: boolean
}

/** Blanks and other letters that a config does not take are not in it. */
const PLAIN = /^[A-Za-z0-9@:/._~+%-]+$/

/** Reads a remote's URL as the config takes it. @returns nothing for one that a host can't use: a relative path, another protocol */
export function readRemote({ url }: Remote): Repository | undefined {
  if (!PLAIN.test(url)) return undefined
  if (url.startsWith('/')) return { url, hadSecret: false }
  const https = /^https:\/\/(?:([^/@]+)@)?([^/]+\/.+)$/.exec(url)
  if (https) return { url: `https://${https[2]}`, hadSecret: https[1] !== undefined }
  const ssh = /^(?:ssh|git\+ssh):\/\/(?:([A-Za-z0-9_.-]+)(:[^@]*)?@)?([^/:]+)(:[0-9]+)?(\/.+)$/.exec(url)
  if (ssh) {
    const [, user, secret, server = '', port = '', path = ''] = ssh
    return {
      url: `ssh://${user ? `${user}@` : ''}${server}${port}${path}`,
      server,
      hadSecret: secret !== undefined,
    }
  }
  const short = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)@([A-Za-z0-9][A-Za-z0-9.-]*):(?!-)(.+)$/.exec(url)
  return short?.[2] ? { url, server: short[2], hadSecret: false } : undefined
}

/** The remotes that a config can name, the likeliest first: `origin`, then `upstream`, then as git has them. */
export function usableRemotes(remotes: readonly Remote[]): (Remote & { repository: Repository })[] {
  const order = (name: string) => ['origin', 'upstream'].indexOf(name) + 1 || 3
  return remotes
    .flatMap((remote) => {
      const repository = readRemote(remote)
      return repository ? [{ ...remote, repository }] : []
    })
    .sort((one, other) => order(one.name) - order(other.name))
}

/** The name of a repository, for an app: `shop` of `git@git.example.com:acme/shop.git`. */
export function nameOfRepository(url: string): string {
  return (
    url
      .replace(/\/+$/, '')
      .split(/[/:]/)
      .at(-1)
      ?.replace(/\.git$/, '') ?? ''
  )
}

/** Makes a name that an app may have of any name. */
export function appName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/^@[^/]*\//, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 24)
    .replace(/-+$/, '')
  return plain === '' ? 'app' : plain
}
