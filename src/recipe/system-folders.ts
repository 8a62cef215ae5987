// Folders of a host that no app publishes to. Pure.

/** Folders of the system, and of programs that others install there; remote/install/files/places.sh has the same list. */
export const SYSTEM_FOLDERS: readonly string[] = (
  '/bin /boot /dev /efi /etc /lib /lib32 /lib64 /libx32 /lost+found /proc /root /run /sbin /snap /sys /tmp /usr ' +
  '/var/backups /var/lib /var/lock /var/log /var/mail /var/run /var/spool /var/tmp'
).split(' ')
/** Where shipit, sudo, sshd and the programs that root runs are. A deploy that could write these could become root. */
export const NEVER_FOLDERS: readonly string[] = (
  '/bin /boot /dev /etc/pam.d /etc/shipit /etc/ssh /etc/sudoers.d /lib /lib32 /lib64 /libx32 /proc /root /sbin /sys /tmp ' +
  '/usr/bin /usr/lib /usr/lib64 /usr/libexec /usr/local/bin /usr/local/libexec /usr/local/sbin /usr/sbin /var/lib/shipit /var/tmp'
).split(' ')
