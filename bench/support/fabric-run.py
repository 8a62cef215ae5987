# Fabric: a ThreadingGroup, one connection a host, one run() for each step. HOSTS_FILE is a file, one host a line; STEPS one step a line.
import os
import sys
from fabric import Config, ThreadingGroup
from fabric.exceptions import GroupException

hosts = open(os.environ['HOSTS_FILE']).read().split()
group = ThreadingGroup(*hosts, config=Config(overrides={'run': {'hide': True, 'in_stream': False}}))
try:
    for step in os.environ['STEPS'].split('\n'):
        for connection, result in group.run(step).items():
            for line in result.stdout.splitlines():
                print(f'{connection.original_host}: {line}')
except GroupException as error:
    print(error.result, file=sys.stderr)
    sys.exit(1)
