// Fifteen repositories as people have them, for `shipit init`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A repository: its files, and its remotes; nothing of git where it has none. */
export type Sample = {
  files: Readonly<Record<string, string>>
  git?: { branch?: string; remotes?: Readonly<Record<string, string>> }
  /** where `init` is run */
  below?: string
  given?: { hosts?: string[]; script?: string; repository?: string }
}

const SHOP = { branch: 'main', remotes: { origin: 'git@git.example.com:acme/shop.git' } }

/** As people wrote them down: the nine steps that shipit grew from. */
export const ORIGINAL_SCRIPT = `#!/bin/bash
# Deploys codebase. Usage: deploy.sh [-d] [-b BRANCH]
BRANCH=master
DOCS=0

usage() {
	echo "usage: $0 [-d] [-b BRANCH]" >&2
	exit 1
}

while getopts "db:h" opt; do
	case "$opt" in
	d) DOCS=1 ;;
	b) BRANCH="$OPTARG" ;;
	*) usage ;;
	esac
done

if [ "$(whoami)" != deploybot ]; then
	echo "run this as deploybot" >&2
	exit 1
fi

cd /home/deploybot/codebase/ || exit 1
git fetch origin
git checkout "$BRANCH"
git pull origin "$BRANCH"

echo "publishing..."
rsync --checksum --executability --hard-links -rlP ./src/* /var/codebase/src/
sudo restorecon /var/codebase/src/webcode.py
sudo apachectl restart

if [ "$DOCS" -eq 1 ]; then
	cd doc && make html
	rsync --checksum --executability --hard-links -rlP ./_build/html/* /var/codebase/doc/
fi
php bin/console cache:warm --env=prod
curl -X POST https://chat.example.com/hook -d "deployed $BRANCH"
`

const WORKFLOW = `on: { push: { branches: [main] } }
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: appleboy/ssh-action@v1
        with:
          host: web1.example.com
          username: deploy
          key: \${{ secrets.SSH_KEY }}
          script: |
            cd /var/shop && git pull
            npm ci && npm run build
            sudo systemctl restart shop
      - run: echo done
`

export const SAMPLES: Readonly<Record<string, Sample>> = {
  "the original's bash script": {
    files: {
      'deploy.sh': ORIGINAL_SCRIPT,
      'src/webcode.py': '#!/usr/bin/python3\n',
      'doc/Makefile': 'html:\n\tsphinx-build . _build/html\n',
      'doc/conf.py': '',
    },
    git: { branch: 'master', remotes: { origin: '/srv/git/codebase.git' } },
    given: { hosts: ['web1'] },
  },
  'a script that copies to a host over ssh': {
    files: {
      'scripts/deploy.sh': `#!/usr/bin/env bash
set -euo pipefail
HOST=deploy@web1.example.com
TARGET="/var/www/shop"
cd "$(dirname "$0")/.."
npm ci
npm run build
rsync -avz --delete --exclude=.well-known -e "ssh -p 22" dist/ "$HOST:$TARGET/public/"
ssh "$HOST" <<'END'
  sudo systemctl reload nginx
  php artisan migrate --force
END
if [ "\${1:-}" = --docs ]; then
  make -C docs html
  rsync -az docs/_build/html/ $HOST:/var/www/docs/
fi
for host in web2 web3; do ssh $host sudo systemctl restart shop; done
`,
      'package.json': '{ "name": "@acme/shop" }',
      'docs/Makefile': 'html:\n',
    },
    git: SHOP,
  },
  'a workflow with an ssh step': {
    files: {
      '.github/workflows/deploy.yml': WORKFLOW,
      'package.json': '{ "name": "shop", "scripts": { "build": "tsc" } }',
    },
    git: SHOP,
  },
  Capistrano: {
    files: {
      Capfile: "require 'capistrano/setup'\n",
      'config/deploy.rb':
        "set :application, 'shop'\nset :repo_url, 'git@git.example.com:acme/shop.git'\nset :deploy_to, '/var/shop'\nappend :linked_dirs, 'log', 'tmp/pids'\nappend :linked_files, '.env'\nset :keep_releases, 3\nafter 'deploy:published', 'puma:restart'\n",
      'config/deploy/production.rb':
        "server 'web1.example.com', user: 'deploy', roles: %w{app db web}\nset :branch, 'stable'\n",
    },
    git: { branch: 'main', remotes: {} },
  },
  Deployer: {
    files: {
      'deploy.php':
        "<?php\nnamespace Deployer;\nset('application', 'shop');\nset('repository', 'git@git.example.com:acme/shop.git');\nadd('shared_files', ['.env']);\nadd('shared_dirs', ['storage']);\nhost('web1.example.com')->set('remote_user', 'deploy');\nafter('deploy:failed', 'deploy:unlock');\n",
      'composer.json': '{ "name": "acme/shop" }',
    },
    git: SHOP,
  },
  'a playbook of Ansible': {
    files: {
      'deploy.yml': '---\n# to all web hosts\n- hosts: web\n  tasks:\n    - ansible.builtin.command: make\n',
      'package.json': '{ "name": "shop", "scripts": { "build": "tsc" } }',
    },
    git: SHOP,
  },
  'Shipit.js': {
    files: {
      'shipitfile.js':
        "module.exports = (shipit) => {\n  shipit.initConfig({\n    default: { repositoryUrl: 'git@git.example.com:acme/shop.git', deployTo: '/var/shop', keepReleases: 4, shared: { dirs: ['uploads'], files: ['.env'] } },\n    production: { servers: 'alice@web1.example.com' },\n  })\n  shipit.on('published', () => shipit.remote('sudo systemctl restart shop'))\n}\n",
      'package.json': '{ "name": "shop" }',
    },
    git: SHOP,
  },
  'a fabfile': {
    files: {
      'fabfile.py':
        "from fabric import Connection, task\n\n@task\ndef deploy(c):\n    c = Connection('alice@web1.example.com')\n    with c.cd('/var/shop'):\n        c.run('git pull')\n        c.run('make html')\n    c.sudo('systemctl restart shop')\n    c.run('tail -n 5 /var/log/shop.log | mail ops')\n",
      'setup.py': '',
    },
    git: SHOP,
  },
  'a Node service': {
    files: {
      'package.json':
        '{ "name": "shop", "scripts": { "build": "tsc", "start": "node dist/server.js" }, "dependencies": { "fastify": "5" } }',
      'package-lock.json': '{}',
    },
    git: SHOP,
  },
  'a site that vite builds': {
    files: {
      'package.json':
        '{ "name": "site", "scripts": { "build": "vite build", "start": "vite" }, "devDependencies": { "vite": "6" } }',
      'pnpm-lock.yaml': '',
    },
    git: { branch: 'main', remotes: { origin: 'https://token123@github.com/acme/site.git' } },
  },
  'a Laravel app': {
    files: {
      'composer.json': '{ "name": "acme/shop" }',
      artisan: '',
      'package.json': '{ "private": true, "scripts": {} }',
    },
    git: SHOP,
  },
  'a Django app with docs': {
    files: {
      'requirements.txt': 'django\n',
      'manage.py': '',
      'docs/Makefile':
        'BUILDDIR = build\nSPHINXBUILD = sphinx-build\nhelp:\n%: Makefile\n\t$(SPHINXBUILD)\n.PHONY: help\n',
      'pyproject.toml': '[project]\nname = "Shop_Front"\n',
    },
    git: { branch: 'trunk', remotes: { origin: 'ssh://git@git.example.com:2222/acme/shop.git' } },
  },
  'a monorepo': {
    files: {
      'package.json': '{ "name": "acme", "private": true, "workspaces": ["apps/*", "packages/*"] }',
      'apps/api/package.json':
        '{ "name": "@acme/api", "scripts": { "start": "node server.js" }, "dependencies": { "fastify": "5" } }',
      'apps/web/package.json':
        '{ "name": "@acme/web", "scripts": { "build": "vite build" }, "devDependencies": { "vite": "6" } }',
      'packages/kit/package.json': '{ "name": "@acme/kit" }',
    },
    git: { branch: 'main', remotes: { origin: 'git@git.example.com:acme/acme.git' } },
  },
  'an app of a monorepo': {
    files: {
      'package.json': '{ "name": "acme", "private": true, "workspaces": ["apps/*"] }',
      'apps/web/package.json':
        '{ "name": "@acme/web", "scripts": { "build": "vite build" }, "devDependencies": { "vite": "6" } }',
    },
    below: 'apps/web',
    git: { branch: 'main', remotes: { origin: 'git@git.example.com:acme/acme.git' } },
  },
  'a folder without git': { files: { 'public/index.html': '<h1>hello</h1>\n' } },
  'three remotes': {
    files: { 'hugo.toml': '', 'content/_index.md': '' },
    git: {
      branch: 'main',
      remotes: {
        heroku: 'https://git.heroku.com/site.git',
        fork: 'git@git.example.com:bob/site.git',
        upstream: 'git@git.example.com:acme/site.git',
      },
    },
  },
}

/** Puts a sample on disk. @returns the folder in which `init` is run */
export function makeSample({ files, git, below = '' }: Sample): string {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'shipit-init-'))), 'my-project')
  mkdirSync(folder)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  if (git) {
    const run = (...words: string[]) => {
      const { status, stderr } = spawnSync('git', words, { cwd: folder, encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
    }
    run('init', '-q', '-b', git.branch ?? 'main')
    for (const [name, url] of Object.entries(git.remotes ?? {})) run('remote', 'add', name, url)
  }
  return join(folder, below)
}
