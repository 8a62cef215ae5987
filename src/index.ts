// The public interface: what a deploy.config.ts imports.
export {
  type AllowRule,
  type Config,
  defineConfig,
  type Environment,
  type Flag,
  type Host,
  type Sandbox,
  type SshOptions,
  sandbox,
} from './config/define-config.ts'
export {
  type CommandOptions,
  command,
  git,
  make,
  type RsyncOptions,
  restorecon,
  root,
  rsync,
  type StepOptions,
  shell,
  type WrittenStep,
} from './recipe/steps.ts'
