// Ctrl-C and its kin while a run is followed: the client leaves, the run stays.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Waits for work or a signal, whatever comes first.
 * @param leave is called with the signal's name; a second signal ends the process at once
 * @returns nothing when a signal came
 */
export async function untilSignal<Result>(
  work: Promise<Result>,
  leave: (signal: string) => Promise<void>,
): Promise<Result | undefined> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, take)
  }
  // not `once`, which takes it off before it is called: who restores the cursor would then find nobody else who cares for the
  // signal, and send it again to end the process
  const take = (signal: NodeJS.Signals) => {
    resolve(signal)
    setImmediate(release)
  }
  for (const signal of SIGNALS) process.on(signal, take)
  try {
    const first = await Promise.race([
      work.then((result) => ({ result })),
      promise.then((signal) => ({ signal })),
    ])
    if ('result' in first) return first.result
    await leave(first.signal)
    // the connections that are still open would keep the process
    work.catch(() => {})
    return undefined
  } finally {
    release()
  }
}
