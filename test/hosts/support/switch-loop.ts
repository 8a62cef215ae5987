// Many switches of a release on a real host, while a reader looks at current in a tight loop.
import assert from 'node:assert/strict'
import type { Lab } from './lab.ts'

/** Files of a commit that are all of one colour. */
const FILES = 100

/** Pushes the branches red and blue: every file of src/ holds the colour alone. */
export async function pushColours(lab: Lab, host: string): Promise<void> {
  await lab.output(
    host,
    `set -e; rm -rf /root/work; git clone -q -b master /srv/git/codebase.git /root/work; cd /root/work
    for colour in red blue; do
      git checkout -q -B $colour origin/master
      for n in $(seq ${FILES}); do printf '%s ok' $colour >src/f$n; done
      git add . && git -c user.name=a -c user.email=a@b commit -qm $colour && git push -q origin $colour
    done`,
  )
}

/**
 * Reads three files by the link, and three from within the folder that the link led to when it was entered: those must be of one colour.
 * Prints how often it looked, and what it saw that should not be.
 */
const READER = `
use strict;
$SIG{TERM} = sub { print "$::looks looks, $::wrong wrong$::what\\n"; exit };
our ($looks, $wrong, $what) = (0, 0, '');
sub slurp { open(my $f, '<', $_[0]) or return "missing ($!)"; local $/; my $text = <$f>; $text }
sub wrong { $wrong++; $what = ": $_[0]" }
for (;;) {
  $looks++;
  my $link = readlink('/var/app/current');
  wrong('no link') unless defined $link;
  for (1 .. 3) { my $text = slurp('/var/app/current/f' . (1 + int rand ${FILES})); wrong($text) unless $text =~ /^(red|blue) ok$/ }
  chdir('/var/app/current') or wrong("no folder ($!)");
  my %seen;
  $seen{slurp('f' . (1 + int rand ${FILES}))} = 1 for 1 .. 3;
  wrong('mixed: ' . join(' and ', keys %seen)) if keys %seen != 1;
}`

/** Deploys red and blue in turn, as alice by the runner itself; each must succeed. */
function deploys(count: number): string {
  return `set -e
  for n in $(seq ${count}); do
    colour=red; [ $((n % 2)) = 0 ] || colour=blue
    run=$(date -u +%Y%m%dT%H%M%SZ)-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')
    echo | sudo -n -u deploybot /usr/local/libexec/shipit/runner "deploy --run $run --app codebase --branch $colour --back" >/dev/null
    test "$(cat /var/app/current/f1)" = "$colour ok"
  done`
}

/** Switches between the two releases that are live and were live before, by the step alone, as a run calls it. */
function switches(count: number, step: number): string {
  return `set -e
  for n in $(seq ${count}); do
    release=$(readlink /var/app/previous)
    runuser -u deploybot -- env -i SHIPIT_APP=codebase SHIPIT_RUN=\${release#*/} /usr/local/libexec/shipit/step ${step} >/dev/null
    test "$(readlink /var/app/current)" = "$release"
  done`
}

export type Loop = {
  deploys: number
  /** more of them, by the step of this number alone */
  switches?: { count: number; step: number }
}

/** Switches so often, and tells how often the reader looked meanwhile. It must never have seen anything but a whole release. */
export async function switchUnderReader(lab: Lab, host: string, loop: Loop): Promise<number> {
  const limit = { timeoutMs: 20 * 60_000 }
  await lab.output(host, deploys(2), { user: 'alice' })
  await lab.output(host, 'cat >/root/reader.pl; rm -f /root/reader.out', { input: READER })
  const reader = lab.exec(
    host,
    'echo $$ >/root/reader.pid; exec perl /root/reader.pl >/root/reader.out',
    limit,
  )
  await lab.output(host, deploys(loop.deploys), { user: 'alice', ...limit })
  if (loop.switches) await lab.output(host, switches(loop.switches.count, loop.switches.step), limit)
  await lab.output(host, 'kill "$(cat /root/reader.pid)"')
  await reader
  const said = await lab.output(host, 'cat /root/reader.out')
  const [, looks = '0', wrong] = /^(\d+) looks, (\d+) wrong/.exec(said) ?? []
  assert.equal(wrong, '0', said)
  assert.ok(Number(looks) > 10 * loop.deploys, said)
  return Number(looks)
}
