// Writes whole lines to a stream and waits until it has taken them.

/** Writes lines at once; ends when the stream has taken them, or no longer can. */
export function writeAll(stream: NodeJS.WritableStream, lines: readonly string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  // a reader that has gone is not a failure of the deploy
  stream.write(lines.map((line) => `${line}\n`).join(''), () => resolve())
  return promise
}
