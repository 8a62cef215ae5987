#!/bin/sh
# original.sh BRANCH - the script that shipit replaces, as it was, bugs and all. The tests run it as deploybot on the seed
# host, to show what it does that shipit must do too, and what it does wrong. It trusts its argument.
set -e
cd /home/deploybot/codebase/
git fetch -q origin
git checkout -q "$1"
git reset -q --hard "origin/$1"
rsync -a ./src/* /var/codebase/src/
sudo restorecon /var/codebase/src/webcode.py
sudo apachectl restart
cd doc && make html
rsync -a ./_build/html/* /var/codebase/doc/
