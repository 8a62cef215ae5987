// A stream that is no terminal, and the faces' options with it.
import { Writable } from 'node:stream'
import type { FaceOptions } from '../../../src/ui/faces/face.ts'
import type { DeployPlan } from '../../../src/ui/record/deploy-plan.ts'

/** Keeps what is written to it. */
export class Sink extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1)
  }
}

/** What chooseFace is given when stdout is a pipe. */
export function pipedOptions(plan: DeployPlan, sink: Sink): FaceOptions {
  const stream = sink as unknown as NodeJS.WriteStream
  return { ...plan, stdout: stream, stderr: stream, env: { LANG: 'C.UTF-8' } }
}
