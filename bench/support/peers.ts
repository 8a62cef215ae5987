// The peers that `npm run bench:peers` compares with, each as its users have it do six steps on many hosts. A peer that is not installed is
// left out. ssh's config is the same for all: the home of root names the person, her key and the hosts' keys.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const STEPS = ['true', 'id -un', 'echo step 3', 'test -d /etc', 'sleep 0.05', 'echo done']

/** What a peer is asked for: its folder, and a file with a host on each line. */
export type Task = { folder: string; hostsFile: string; hosts: readonly string[] }

export type Peer = {
  name: string
  /** prints its version; a peer is there if this ends with 0 */
  version: readonly string[]
  /** writes what it needs into its folder */
  prepare?: (task: Task) => void
  /** what is measured: it ends with 0 when all steps are done on all hosts, and shows their output */
  run: (task: Task) => readonly string[]
}

const joined = STEPS.join(' && ')

/** The least that it can cost: one login for each host, and all steps in one script. */
const SSH: Peer = {
  name: 'ssh, 32 at once',
  version: ['ssh', '-V'],
  run: ({ hostsFile }) => [
    'xargs',
    '-a',
    hostsFile,
    '-P',
    '32',
    '-I@',
    'sh',
    '-c',
    `ssh -n @ '${joined}' 2>&1 | sed 's/^/@: /'`,
  ],
}

const FABRIC: Peer = {
  name: 'fabric',
  version: ['fab', '--version'],
  prepare: ({ folder }) =>
    copyFileSync(join(import.meta.dirname, 'fabric-run.py'), join(folder, 'fabric-run.py')),
  run: ({ folder }) => ['/usr/bin/python3', join(folder, 'fabric-run.py')],
}

const CAPISTRANO: Peer = {
  name: 'capistrano',
  version: ['cap', '--version'],
  prepare({ folder, hosts }) {
    mkdirSync(join(folder, 'config/deploy'), { recursive: true })
    writeFileSync(
      join(folder, 'Capfile'),
      "require 'capistrano/setup'\nrequire 'capistrano/deploy'\nrequire 'capistrano/scm/git'\ninstall_plugin Capistrano::SCM::Git\n",
    )
    writeFileSync(
      join(folder, 'config/deploy/production.rb'),
      hosts.map((host) => `server '${host}', user: 'alice', roles: %w{app}\n`).join(''),
    )
    writeFileSync(
      join(folder, 'config/deploy.rb'),
      `lock '~> 3.17'
set :application, 'bench'
set :log_level, :debug
set :format_options, command_output: true, color: false, truncate: false, log_file: nil
task :bench do
  on roles(:all), in: :parallel do
    ENV['STEPS'].split("\\n").each { |step| execute step }
  end
end
`,
    )
  },
  run: () => ['cap', 'production', 'bench'],
}

const CLUSH: Peer = {
  name: 'clush',
  version: ['clush', '--version'],
  run: ({ hostsFile }) => ['clush', '-S', `--hostfile=${hostsFile}`, joined],
}

const PSSH: Peer = {
  name: 'pssh',
  version: ['parallel-ssh', '--version'],
  run: ({ hostsFile }) => ['parallel-ssh', '-i', '-t', '0', '-h', hostsFile, joined],
}

/** No facts, 50 forks, pipelining: as people have it who want it quick. */
const ANSIBLE: Peer = {
  name: 'ansible',
  version: ['ansible-playbook', '--version'],
  prepare({ folder, hosts }) {
    writeFileSync(
      join(folder, 'inventory'),
      hosts.map((host) => `${host} ansible_python_interpreter=/usr/bin/python3\n`).join(''),
    )
    writeFileSync(
      join(folder, 'ansible.cfg'),
      `[defaults]\nforks = 50\ninventory = ${folder}/inventory\nstdout_callback = minimal\nnocows = 1\n[ssh_connection]\npipelining = True\n`,
    )
    writeFileSync(
      join(folder, 'play.yml'),
      `- hosts: all\n  gather_facts: false\n  tasks:\n${STEPS.map((step) => `    - command: "${step}"\n`).join('')}`,
    )
  },
  run: ({ folder }) => ['ansible-playbook', join(folder, 'play.yml')],
}

/** shipit-cli of npm, which starts ssh for each step and host. SHIPITJS names the folder that it is installed in. */
const SHIPIT_CLI: Peer = {
  name: 'shipit-cli',
  version: ['sh', '-c', 'test -x "$SHIPITJS/node_modules/.bin/shipit"'],
  prepare({ folder, hosts }) {
    const servers = JSON.stringify(hosts.map((host) => `alice@${host}`))
    writeFileSync(
      join(folder, 'shipitfile.js'),
      `module.exports = (shipit) => {
  shipit.initConfig({ default: {}, production: { servers: ${servers} } })
  shipit.blTask('bench', async () => {
    for (const step of process.env.STEPS.split('\\n')) await shipit.remote(step)
  })
}
`,
    )
  },
  run: () => [`${process.env.SHIPITJS}/node_modules/.bin/shipit`, 'production', 'bench'],
}

export const PEERS: readonly Peer[] = [SSH, FABRIC, CAPISTRANO, CLUSH, PSSH, ANSIBLE, SHIPIT_CLI]
