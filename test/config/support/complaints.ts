// What a config with one thing changed is told.
import assert from 'node:assert/strict'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { ConfigError } from '../../../src/errors.ts'
import { git, rsync, type WrittenStep } from '../../../src/index.ts'

export const FILE = '/project/deploy.config.ts'

/** A config that is right. */
export const RIGHT = {
  app: 'codebase',
  repository: 'git@git.example.com:codebase.git',
  environments: { production: { hosts: ['web1.example.com'] } },
  flags: {
    docs: { char: 'd', summary: 'build the docs' },
    colour: { summary: 'the colour', choices: ['red', 'blue'] },
  },
  steps: [git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true })],
}

/** The lines of the error, without the file that they are of; none when the config is right. */
export function complaints(exported: unknown): string[] {
  try {
    checkConfig(FILE, exported)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    assert.equal(error.exitCode, 78)
    const [head = '', ...lines] = error.message.split('\n')
    if (lines.length === 0) {
      assert.ok(head.startsWith(`${FILE}: `), head)
      return [head.slice(FILE.length + 2)]
    }
    assert.equal(head, `${FILE} has ${lines.length} mistakes:`)
    return lines.map((line) => line.replace(/^ {2}/, ''))
  }
}

/** What the right config is told with these keys instead. */
export function complaintsOf(changes: object): string[] {
  return complaints({ ...RIGHT, ...changes })
}

/** What the right config is told with one more step, steps[2]. */
export function complaintsOfStep(step: unknown): string[] {
  return complaintsOf({ steps: [...RIGHT.steps, step as WrittenStep] })
}
