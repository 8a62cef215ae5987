// The only place that loads ssh2: when the first host is called, since it takes longer than the whole of --help.

export type Ssh2 = typeof import('ssh2')

/** Loads ssh2. */
export async function loadSsh2(): Promise<Ssh2> {
  return (await import('ssh2')).default
}
