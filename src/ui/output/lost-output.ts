// What happens when stdout can't be written: a full disk, a terminal that is gone. The work continues, and its end tells.

let lost: NodeJS.ErrnoException | undefined

/**
 * Takes the errors of stdout and stderr upon itself: those libraries that throw them would end a command in the middle of a run. A reader
 * that went away (`shipit … | head`) is none.
 */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error')
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (stream === process.stdout && error.code !== 'EPIPE') lost ??= error
    })
  }
}

/** What the first write failed with that stdout did not take. */
export function lostOutput(): NodeJS.ErrnoException | undefined {
  return lost
}

/** Waits until stdout and stderr have taken all, or can't. */
export async function flushOutput(): Promise<void> {
  const flushed = [process.stdout, process.stderr].map((stream) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    stream.write('', () => resolve())
    return promise
  })
  await Promise.all(flushed)
}
