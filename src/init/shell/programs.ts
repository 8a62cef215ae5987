// What is known of the programs that deploy scripts call.

const names = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/** These change nothing, or shipit does it by itself: the exit at the first failure, the log, the lock, the folders. */
export const NOISE = names(
  'set shopt echo printf exit export readonly local declare typeset trap umask shift return true false : date pwd whoami hostname id unset ' +
    'tput clear getopts test [ [[ wait time flock tee logger sleep cat ls head tail mkdir',
)

/** Verbs of these that only show something. */
export const ROOT_LOOKS = names('status is-active is-enabled show list-units configtest -t -v')

/** Programs that build, and the folder that each makes where nothing else says so. */
export const BUILDERS: Readonly<Record<string, string | undefined>> = {
  npm: undefined,
  yarn: undefined,
  pnpm: undefined,
  npx: undefined,
  composer: 'vendor',
  hugo: 'public',
  jekyll: '_site',
  mkdocs: 'site',
  'sphinx-build': undefined,
  gulp: 'dist',
  grunt: 'dist',
  webpack: 'dist',
  vite: 'dist',
  tsc: 'dist',
  cargo: 'target/release',
  go: undefined,
  mvn: 'target',
  gradle: 'build',
}

/** What a line with this in it is, and what to do instead. The first that fits. */
export const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:artisan|manage\.py|rake|rails|doctrine|alembic|knex|prisma|sequelize|flyway)\b.*\bmigrat/,
    'a migration would run on every host at once: docs/migrations.md shows a way',
  ],
  [
    /^(?:pm2|forever|docker|docker-compose|podman)\b/,
    'it manages processes or containers of an account: make it a systemd service, and restart that with service()',
  ],
  [/^(?:chown|chgrp|chmod|setfacl)\b/, 'the install sets owners and modes of what is published'],
  [/^ln\b/, 'releases() switches a link by itself; other links belong in the commit'],
  [/^(?:curl|wget)\b/, 'it talks to another service, and a step runs on the host'],
  [/^(?:tar|unzip|zip|gzip)\b/, 'the host fetches the commit itself, and packs nothing'],
  [/^(?:mysql|psql|mysqldump|pg_dump|sqlite3)\b/, 'it works with a database: docs/migrations.md has more'],
  [/^(?:rm|mv|cp|install|touch)\b/, 'it changes single files, and each run has a fresh tree'],
  [/^(?:source|\.)$/, 'it reads another file'],
  [/^read\b/, 'it asks a person: confirm: true in the environment does that before a deploy'],
]
