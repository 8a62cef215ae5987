// A Kerberos realm for the tests: a KDC on loopback, a ticket for a person, and a host's key. Debian: krb5-kdc, krb5-admin-server,
// krb5-user.
import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, untilItListens } from './sshd.ts'

const SBIN = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`

/** Why there can be no realm; nothing if there can. */
export const skipWithoutKerberos = (() => {
  for (const program of ['krb5kdc', 'kadmin.local', 'kdb5_util', 'kinit', 'klist']) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { env: { PATH: SBIN }, stdio: 'ignore' })
    } catch {
      return `no ${program} here (krb5-kdc, krb5-admin-server, krb5-user)`
    }
  }
  return false
})()

/** Makes a realm with a ticket for `person`, and a keytab for the host `localhost`; stop it. */
export async function startRealm(folder: string, person: string) {
  const at = (name: string) => join(folder, name)
  const port = await freePort('127.0.0.1')
  writeFileSync(
    at('krb5.conf'),
    `[libdefaults]
 default_realm = TEST
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 TEST = {
  kdc = 127.0.0.1:${port}
 }
`,
  )
  writeFileSync(
    at('kdc.conf'),
    `[kdcdefaults]
 kdc_ports = ${port}
 kdc_tcp_ports = ${port}
[realms]
 TEST = {
  database_name = ${at('principal')}
  key_stash_file = ${at('stash')}
 }
`,
  )
  const env = {
    KRB5_CONFIG: at('krb5.conf'),
    KRB5_KDC_PROFILE: at('kdc.conf'),
    KRB5CCNAME: `FILE:${at('ticket')}`,
    KRB5_KTNAME: `FILE:${at('keytab')}`,
  }
  const options = { env: { ...process.env, ...env, PATH: SBIN }, stdio: 'pipe' as const }
  execFileSync('kdb5_util', ['create', '-s', '-r', 'TEST', '-P', 'master'], options)
  for (const query of [
    `addprinc -pw secret ${person}`,
    'addprinc -randkey host/localhost',
    `ktadd -k ${at('keytab')} host/localhost`,
  ])
    execFileSync('kadmin.local', ['-q', query], options)
  const kdc = spawn('krb5kdc', ['-n'], { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  await untilItListens({ port, address: '127.0.0.1' }, kdc, () => 'krb5kdc')
  return {
    /** for the host, and for whoever logs in */
    env,
    getTicket: () => execFileSync('kinit', [person], { ...options, input: 'secret\n' }),
    stop: () => kdc.kill(),
  }
}
