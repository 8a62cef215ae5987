// Variables in `env` of a step that look like secrets. The recipe has them as they are, and every account of the host may read it. Pure.
import type { Recipe } from '../../recipe/recipe.ts'

/** A name as secrets have it: `API_KEY`, `GITHUB_TOKEN`, `dbPassword`, `npm_config__authToken`. */
const SECRET_NAME = /token|secret|passw(?:or)?d|passphrase|credential|(?:^|_|api)keys?(?:$|_)/i
/** One that says where a secret lies, or that it is none: `PASSWORD_FILE`, `PUBLIC_KEY`. */
const HARMLESS_NAME = /(?:_file|_path|_dir)$|public/i

/** Says of each variable that looks like a secret that everybody on the host may read it. */
export function describeSecretVariables({ app, steps }: Recipe): string[] {
  return steps.flatMap((step) => {
    const names = 'env' in step ? Object.keys(step.env).filter(isSecret) : []
    return names.map(
      (name) =>
        `step '${step.name}' has ${name} in env, which every account of the host may read in /etc/shipit/apps/${app}/recipe: ` +
        'keep a secret in a file of the host that only its program may read',
    )
  })
}

function isSecret(name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS_NAME.test(name)
}
