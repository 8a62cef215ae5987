// Not a test: a hostile host, in a process of its own. Prints its port, then plays one attack at whoever calls.
// hostile-host-server.ts ATTACK HOST_KEY_FILE PUBLIC_KEY_FILE
import { readFileSync } from 'node:fs'
import { keyOf, startHost } from '../../ssh/support/loopback-host.ts'
import { ATTACKS } from './hostile-host-attacks.ts'
import { HostileCall } from './hostile-host-call.ts'

const [name = '', hostKeyFile = '', publicKeyFile = ''] = process.argv.slice(2)
const attack = ATTACKS[name]
if (!attack) throw new Error(`there is no attack '${name}'`)

const host = await startHost({
  hostKeys: [readFileSync(hostKeyFile, 'utf8')],
  allow: [keyOf(readFileSync(publicKeyFile)).getPublicSSH()],
  onExec(channel, command) {
    const call = new HostileCall(channel, command)
    const played = call.isHistory ? call.answerHistory() : attack.play(call)
    played.catch((error: Error) => {
      // a client that has gone is no fault
      if (!call.gone) throw error
    })
  },
})
process.stdout.write(`${host.port}\n`)
process.on('SIGTERM', () => process.exit(0))
