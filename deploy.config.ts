// What `npx shipit deploy` does in this checkout, and the example: the bash script that shipit grew from, as a recipe.
// The sandbox needs no server; the commented environment is what a real one looks like.
import { defineConfig, git, make, restorecon, root, rsync, sandbox } from '@deploybot/shipit'

export default defineConfig({
  app: 'codebase',
  repository: '/srv/git/codebase.git',
  environments: {
    sandbox: sandbox({ default: true }),
    // production: { hosts: ['web1.example.com', 'web2.example.com'], branch: 'master' },
  },
  flags: { docs: { char: 'd', summary: 'build and publish the docs' } },
  steps: [
    git(),
    rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
    restorecon('/var/codebase/src/webcode.py', { type: 'httpd_sys_script_exec_t' }),
    root(['/usr/sbin/apachectl', 'restart']),
    make('html', { in: 'doc', out: '_build/html', as: 'build', when: 'docs' }),
    rsync({ from: 'doc/_build/html/', to: '/var/codebase/doc/', delete: true, when: 'docs' }),
  ],
})
