// What the config says is never shown, hidden from now on.
import { hideWithNames } from '../../config/check/hide-names.ts'
import type { CheckedConfig, CheckedNotify } from '../../config/checked-config.ts'
import type { Pattern } from '../../redact/pattern.ts'
import { secretsInWord, secretsOfUrl, secretTexts } from '../../redact/secret-texts.ts'

/** Hides it, whichever of the apps says so. @returns sentences about what can't be hidden */
export function hideRedacted(
  configs: readonly Pick<CheckedConfig, 'redaction' | 'notify' | 'recipe'>[],
  env: NodeJS.ProcessEnv,
): string[] {
  const names = new Set(configs.flatMap(({ redaction }) => redaction.env))
  const values = [...names].map((name) => {
    const value = env[name] ?? ''
    return { name, value, texts: secretTexts(value) }
  })
  const patterns = configs.flatMap(({ redaction }) => redaction.patterns)
  const all = [
    ...patterns.flatMap((each): readonly Pattern[] =>
      typeof each === 'string' ? secretTexts(each) : [each],
    ),
    ...values.flatMap(({ texts }) => texts),
    ...configs.flatMap(({ notify }) => notify).flatMap(({ to }) => secretsOf(to, env)),
  ]
  hideWithNames(
    all,
    configs.flatMap(({ recipe }) => recipe.steps),
  )
  return values
    .filter(({ value, texts }) => value !== '' && texts.length === 0)
    .map(({ name }) => `${name} is not hidden: it is too short to be told from other text`)
}

function secretsOf(to: CheckedNotify['to'], env: NodeJS.ProcessEnv): string[] {
  if ('command' in to) return to.command.flatMap(secretsInWord)
  return secretsOfUrl('url' in to ? to.url : (env[to.urlEnv] ?? ''))
}
