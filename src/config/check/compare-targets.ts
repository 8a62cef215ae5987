// Compares the folders that the steps of a recipe publish to: with each other, with the repository, and with folders of the system. What
// links and mounts of a host make of them is for the install to see (remote/install/files/places.sh).
import type { Filled } from '../../recipe/kinds/step-kind.ts'
import { kindOf } from '../../recipe/step.ts'
import { NEVER_FOLDERS, SYSTEM_FOLDERS } from '../../recipe/system-folders.ts'
import { isWithin } from '../../recipe/writable-places.ts'
import type { PlacedStep, Problem } from './problem.ts'

/** A step, and the folder of the host that it fills; `of` is another app's name, as words behind that of the step. */
type Target = PlacedStep & Filled & { of?: string }

/** A folder of somebody's own, by custom. */
const HOME = /^\/home\/[^/]+$/
/** What rsync reads as more than the characters themselves (rsync(1), FILTER RULES). */
const WILDCARD = /[*?[]/

/**
 * Names each folder that is somebody else's, or that two steps fill.
 * @param repository as the config has it, if that is right; a path of the host cannot be a folder to publish to
 */
export function compareTargets(repository: string | undefined, placed: readonly PlacedStep[]): Problem[] {
  const origin = repository?.startsWith('/') ? repository.replace(/\/+$/, '') : undefined
  const targets = targetsOf(placed)
  return targets.flatMap((target, index) => {
    const message =
      somebodyElses(target) ??
      describeOrigin(target, origin) ??
      targets.slice(0, index).flatMap((earlier) => describeOverlap(earlier, target) ?? [])[0]
    return message === undefined ? [] : [{ path: `${target.path}.${target.key}`, message }]
  })
}

/**
 * Names each folder that a step of an earlier app on the same host fills as well, or whose files it could delete.
 * @param others the steps of that app
 */
export function compareWithApp(
  { app, placed: others }: { app: string; placed: readonly PlacedStep[] },
  placed: readonly PlacedStep[],
): Problem[] {
  const theirs = targetsOf(others).map((target): Target => ({ ...target, of: ` of '${app}'` }))
  return targetsOf(placed).flatMap((target) => {
    const message = theirs.flatMap((earlier) => describeOverlap(earlier, target) ?? [])[0]
    return message === undefined ? [] : [{ path: `${target.path}.${target.key}`, message }]
  })
}

function targetsOf(placed: readonly PlacedStep[]): Target[] {
  return placed.flatMap((each) => {
    const filled = kindOf(each.step).filled?.(each.step)
    return filled ? [{ ...each, ...filled }] : []
  })
}

function describeOrigin({ folder, step }: Target, origin: string | undefined): string | undefined {
  if (origin === undefined || !(isWithin(folder, origin) || isWithin(origin, folder))) return undefined
  return `overlaps with the repository '${origin}', which '${step.name}' would overwrite: publish to another folder`
}

function somebodyElses({ folder, step: { unsafe } }: Target): string | undefined {
  const touches = (each: string) => isWithin(folder, each) || isWithin(each, folder)
  const system = (unsafe === undefined ? SYSTEM_FOLDERS : NEVER_FOLDERS).find(touches)
  if (system !== undefined) {
    const how = folder === system ? 'is' : isWithin(folder, system) ? 'lies in' : 'holds'
    const never = unsafe === undefined ? '' : ' that no deploy may have, whatever unsafe says'
    const wayOut = "publish to a folder of the app's own, below /srv, /var/www or /opt"
    const reason = NEVER_FOLDERS.some(touches)
      ? ''
      : "; or say in the step why it is safe here: unsafe: 'the reason'"
    return `${how} '${system}', a folder of the system${never}: ${wayOut}${reason}`
  }
  if (HOME.test(folder) && unsafe === undefined)
    return 'is the home of an account, which could then no longer log in: publish to a folder below /srv, /var/www or /opt'
  return undefined
}

/** Says what two steps would do to each other; undefined if each leaves the other's folder alone. */
function describeOverlap(earlier: Target, later: Target): string | undefined {
  if (!isWithin(earlier.folder, later.folder) && !isWithin(later.folder, earlier.folder)) return undefined
  const isSame = earlier.folder === later.folder
  const [outer, inner] = isWithin(later.folder, earlier.folder) ? [earlier, later] : [later, earlier]
  if (earlier.sync && later.sync) {
    // two sources of one folder, or two variants that exclude each other
    if (!earlier.sync.delete && !later.sync.delete) return undefined
    if (isSame && earlier.of === undefined && excludeEachOther(earlier.step.when, later.step.when))
      return undefined
    if (!isSame && isLeftAlone(outer, inner.folder.slice(outer.folder.length + 1))) return undefined
  }
  const theirs = `'${earlier.step.name}'${earlier.of ?? ''}`
  const where = isSame
    ? `is also the folder of step ${theirs}`
    : inner === later
      ? `lies in '${earlier.folder}', the folder of step ${theirs}`
      : `holds '${earlier.folder}', the folder of step ${theirs}`
  const harm = `: each deploy of '${later.step.name}' or ${theirs} could delete or overwrite what the other published`
  const wayOut =
    !isSame && outer.sync && inner.sync
      ? `; give one a different folder, or add exclude: ['/${inner.folder.slice(outer.folder.length + 1)}/'] to '${outer.step.name}'${outer.of ?? ''}`
      : '; give one of them a different folder'
  return `${where}${harm}${wayOut}`
}

/** No deploy has both: a flag and its absence, or two choices of one flag. */
export function excludeEachOther(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return false
  if (one === `!${other}` || other === `!${one}`) return true
  const [oneName, oneChoice] = one.split('=')
  const [otherName, otherChoice] = other.split('=')
  return oneName === otherName && !one.startsWith('!') && oneChoice !== undefined && otherChoice !== undefined
}

/** The step neither writes nor deletes at a path below its folder: a pattern without wildcards excludes it, or a folder on the way. */
function isLeftAlone({ sync }: Filled, inner: string): boolean {
  const names = inner.split('/')
  return (sync?.exclude ?? []).some((pattern) => {
    if (WILDCARD.test(pattern)) return false
    return pattern.startsWith('/')
      ? isWithin(`/${inner}`, pattern)
      : !pattern.includes('/') && names.includes(pattern)
  })
}
