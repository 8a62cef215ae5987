// The public interface: what a deploy.config.ts imports.
export {
  type AllowRule,
  type Config,
  defineConfig,
  type Environment,
  type Flag,
  type Flags,
  type GitAccess,
  type Host,
  type Notify,
  type NotifyOutcome,
  type PersonKeys,
  type RedactPattern,
  type Sandbox,
  type SshdSettings,
  type SshOptions,
  sandbox,
  type When,
} from './config/define-config.ts'
export type { ServiceVerb } from './recipe/kinds/service-step.ts'
export type { Verb } from './recipe/recipe.ts'
export type {
  CheckOptions,
  CommandOptions,
  ReleasesOptions,
  RestoreconOptions,
  RootOptions,
  RsyncOptions,
  ServiceOptions,
  StepOptions,
} from './recipe/step-options.ts'
export {
  check,
  command,
  git,
  make,
  releases,
  restorecon,
  root,
  rsync,
  service,
  shell,
  type WrittenStep,
  type WrittenSteps,
} from './recipe/steps.ts'
