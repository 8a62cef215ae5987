// Which of the rules that sudo lists decides about a command: the last one that fits (sudoers(5)). Pure.

/** What the deciding rule does with the command; nothing in the way, if `fault` is missing. */
export type Decision = { rule: string; fault?: string }

/** A tag, an option or a digest before a command. */
const BEFORE = /^(?:([A-Z_]+):|[A-Z_]+=\S+|sha\d+:\S+) /

/**
 * Finds the rule that decides.
 * @param rules as sudo lists them, in order: `(deploybot) NOPASSWD: /path words`
 * @param asks whether sudo asks for a password where a rule says nothing of it
 * @param setenv whether the caller may set variables where a rule says nothing of it
 */
export function findDecision(
  rules: readonly string[],
  {
    target,
    command,
    asks = true,
    setenv = false,
  }: { target: string; command: string; asks?: boolean; setenv?: boolean },
): Decision | undefined {
  let decision: Decision | undefined
  for (const rule of rules) {
    const [, targets = '', commands = ''] = /^\(([^)]*)\) (.*)$/.exec(rule) ?? []
    if (!namesTarget(targets, target)) continue
    let needsPassword = asks
    let mayExec = true
    let setsVariables = setenv
    // a comma of a command's own stands there as \,
    for (const each of commands.split(/(?<!\\), /)) {
      let rest = each
      for (let found = BEFORE.exec(rest); found; found = BEFORE.exec(rest)) {
        if (found[1] === 'PASSWD') needsPassword = true
        if (found[1] === 'NOPASSWD') needsPassword = false
        if (found[1] === 'EXEC') mayExec = true
        if (found[1] === 'NOEXEC') mayExec = false
        if (found[1] === 'SETENV') setsVariables = true
        if (found[1] === 'NOSETENV') setsVariables = false
        rest = rest.slice(found[0].length)
      }
      // a fact has no character like !
      const isDenied = /^[!_]/.test(rest)
      if (!fits(rest.replace(/^[!_]/, ''), command)) continue
      const fault = isDenied
        ? 'forbids it'
        : needsPassword
          ? 'asks for a password'
          : setsVariables
            ? "takes the caller's variables (SETENV)"
            : mayExec
              ? undefined
              : 'keeps it from starting other programs (NOEXEC)'
      decision = fault === undefined ? { rule } : { rule, fault }
    }
  }
  return decision
}

function namesTarget(targets: string, name: string): boolean {
  let named = false
  for (const each of (targets.split(' : ')[0] ?? '').split(', ')) {
    if (each === 'ALL' || each === name) named = true
    if (each === '!ALL' || each === `!${name}` || each === `_${name}`) named = false
  }
  return named
}

/** A command without words fits with any; a path may have * and ?. */
function fits(pattern: string, command: string): boolean {
  if (pattern === 'ALL' || pattern === command || command.startsWith(`${pattern} `)) return true
  if (!/[*?]/.test(pattern)) return false
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}(?: .*)?$`).test(command)
}
