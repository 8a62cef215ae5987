// How a host would be reached, and where each value comes from.

/** The config of the project, a file of ssh_config, or what holds where nobody said anything. */
export type Origin = 'deploy.config' | 'ssh_config' | 'default'

/** One setting, by its keyword in ssh_config(5). */
export type ResolvedSetting = { keyword: string; value: string; origin: Origin }

/** A host, its settings, and the hosts on the way to it, the first one first. */
export type ResolvedHost = {
  host: string
  address: string
  port: number
  user: string
  settings: readonly ResolvedSetting[]
  via: readonly ResolvedHost[]
}
