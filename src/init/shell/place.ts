// Where a script stands: folders of the checkout, relative to its top, however the script spells them.
import { UNKNOWN } from './expand.ts'

/** Follows the folders of a script. Nothing but names: what lies there is not looked at. */
export class Place {
  /** the checkout on the machine that the script runs on, once it is known */
  #base: string | undefined
  /** in the checkout; absolute when it is elsewhere */
  #now = ''

  /** Follows a `cd`. */
  go(folder: string): void {
    if (folder === '' || folder === '-' || folder === '.') return
    if (folder.includes(UNKNOWN)) {
      // `cd "$(dirname "$0")/.."`: where the script lies, which is in the checkout
      this.#now = ''
    } else if (/^[/~]/.test(folder)) {
      const path = folder.replace(/\/+$/, '')
      this.#base ??= path
      this.#now = path === this.#base ? '' : (this.#within(path) ?? path)
    } else this.#now = join(this.#now, folder) ?? ''
  }

  /** A subshell ends, or commands of another machine. */
  mark(): () => void {
    const [base, now] = [this.#base, this.#now]
    return () => {
      this.#base = base
      this.#now = now
    }
  }

  /** The checkout was cloned there. */
  setBase(path: string): void {
    this.#base ??= path.replace(/\/+$/, '')
  }

  /** The current folder in the checkout; nothing when it is elsewhere. */
  get folder(): string | undefined {
    return /^[/~]/.test(this.#now) ? undefined : this.#now
  }

  /** Where a path leads in the checkout, without a slash at its end; nothing when it leads elsewhere. */
  inCheckout(path: string): string | undefined {
    if (path.includes(UNKNOWN)) return undefined
    if (/^[/~]/.test(path)) return this.#within(path.replace(/\/+$/, ''))
    return this.folder === undefined ? undefined : join(this.folder, path)
  }

  #within(path: string): string | undefined {
    if (this.#base === undefined) return undefined
    if (path === this.#base) return ''
    return path.startsWith(`${this.#base}/`) ? path.slice(this.#base.length + 1) : undefined
  }
}

/** Joins relative paths; nothing when the way leads out of the checkout. */
function join(folder: string, path: string): string | undefined {
  const names = folder === '' ? [] : folder.split('/')
  for (const name of path.split('/')) {
    if (name === '..' && names.pop() === undefined) return undefined
    if (name !== '' && name !== '.' && name !== '..') names.push(name)
  }
  return names.join('/')
}
