// Names of hosts, accounts and groups, as a config may have them: what ssh, sshd and sudo take, those of directories included.
import * as v from 'valibot'
import { asHost } from './own-examples.ts'
import { text } from './schema-parts.ts'

/** Labels of DNS, with `_` as Windows and containers have it, and the dot at the end that keeps the resolver from adding a domain. */
const HOST_NAME = /^(?=.{1,254}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/
/** RFC 4007: an address of one link has the name of the interface behind a percent sign. */
const IPV6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:%[A-Za-z0-9._-]{1,32})?$/
/** ssh(1) takes these for a login; a directory has `alice@corp.example.com`, `CORP\alice`, or digits alone. */
const USER = /^[A-Za-z0-9_](?:[A-Za-z0-9._@+\\-]{0,62}[A-Za-z0-9._@+$-])?$/
/** What sudoers and sshd_config read as one name, and a policy can tell from its neighbours: no blank. */
const GROUP = /^(?!ALL$)[A-Za-z0-9_][A-Za-z0-9._@+-]{0,62}\$?$/
/** An account that root may make; useradd(8) takes these everywhere. */
const MADE = /^[a-z_][a-z0-9_-]{0,31}$/
/** An account of a person; one that useradd(8) would not make has to be there. */
const PERSON = /^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,63}$/
const DIGITS = /^[0-9]+$/
/** Accounts that shipit makes for builds and for reading repositories, and the one that may do all. */
const RESERVED = /^(?:root|(?:build|read)-.*)$/
/** Accounts of the system and of daemons: what they own is their program's. */
const DAEMON =
  /^(?:_.*|systemd-.*|adm|apache|backup|bin|daemon|dbus|ftp|games|git|gnats|halt|haproxy|http|httpd|irc|ldap|list|lp|mail|man|memcache|messagebus|mongodb|mysql|named|news|nginx|nobody|ntp|operator|polkitd|postfix|postgres|proxy|rabbitmq|redis|shutdown|sshd|sync|sys|syslog|tomcat|uucp|www|www-data)$/
/** Groups whose members are root, or as good as root, or read everybody's data: an install puts nobody into one. */
export const POWERFUL_GROUP =
  /^(?:root|sudo|wheel|admin|adm|docker|lxd|libvirt|disk|shadow|kmem|systemd-journal)$/

/** Runs an app's steps where its config names no other. */
export const DEPLOY_ACCOUNT = 'deploybot'

export const address = v.pipe(
  v.string('must be a host name or an address'),
  v.check(isAddress, 'must be a host name or an address'),
)

export const hostName = v.pipe(
  v.string('must be a host name or { name, … }'),
  v.check(isAddress, asHost),
  v.transform((name) => ({ name })),
)

export const user = text(USER, 'must be an account name')

export const group = v.pipe(
  v.string('must be a Unix group'),
  v.check(
    (name) => !/\s/.test(name),
    'must be a Unix group without a blank: id(1) separates groups with blanks, so a policy could not tell them apart',
  ),
  v.check(
    (name) => !DIGITS.test(name),
    'must be the name of a Unix group: a name of digits could also be a group number',
  ),
  v.regex(
    GROUP,
    'must be a Unix group: letters, digits and . _ @ + -, beginning with a letter, a digit or _',
  ),
)

export const personName = v.pipe(
  text(
    PERSON,
    'must be an account: letters, digits and . _ @ + -, beginning with a letter, a digit or _, 64 at most',
  ),
  v.check(
    (name) => !DIGITS.test(name),
    'must be the name of an account: a name of digits could also be an account number',
  ),
  v.check((name) => !RESERVED.test(name) && name !== DEPLOY_ACCOUNT, "is not a person's account"),
  v.check((name) => !DAEMON.test(name), "is a system account, not a person's"),
)

export const deployAccount = v.pipe(
  text(MADE, 'must be an account: lower-case letters, digits, _ and -, 32 at most'),
  v.check(
    (name) => !RESERVED.test(name),
    'must not be root or begin with build- or read-: those names are reserved',
  ),
  v.check(
    (name) => !DAEMON.test(name),
    'is an account of the system or of a daemon, and the steps could change its files: use a separate one, for instance deploy-APP',
  ),
)

function isAddress(value: string): boolean {
  return HOST_NAME.test(value) || IPV6.test(value)
}
