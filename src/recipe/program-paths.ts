// Where programs lie that people run as root. Pure.

/** By their names: sudo takes the whole path. */
export const PROGRAM_PATHS: Readonly<Record<string, string>> = {
  apache2ctl: '/usr/sbin/apache2ctl',
  apachectl: '/usr/sbin/apachectl',
  httpd: '/usr/sbin/httpd',
  nginx: '/usr/sbin/nginx',
  service: '/usr/sbin/service',
  supervisorctl: '/usr/bin/supervisorctl',
  systemctl: '/usr/bin/systemctl',
}
