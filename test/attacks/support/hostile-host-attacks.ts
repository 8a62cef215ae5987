// What a hostile host does to a client, and how the client is to leave.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { framed } from '../../operations/support/scripted-run.ts'
import { dirty, LINES, MARKED, ONE_LINE, SEQUENCES } from './hostile-host-bytes.ts'
import type { HostileCall } from './hostile-host-call.ts'

const MEGABYTE = 1024 * 1024

export type Attack = {
  play: (call: HostileCall) => Promise<void>
  /** of the client; without it the host goes on for ever, and the client is stopped with Ctrl-C */
  exit?: number
  /** of an endless one: how the client may end before it is interrupted */
  mayEnd?: number
}

/** Sends so many bytes in pieces. */
async function flood(call: HostileCall, piece: Uint8Array, bytes: number): Promise<void> {
  await call.send(piece, Math.ceil(bytes / piece.length))
}

/** An attack within the first step's output, after which all goes as it should. */
function during(attack: (call: HostileCall) => Promise<void>): Attack {
  return {
    exit: 0,
    async play(call) {
      await call.begin()
      await attack(call)
      await call.send('\n')
      await call.succeed()
      call.end()
    },
  }
}

const output = (piece: Uint8Array, bytes: number) => during((call) => flood(call, piece, bytes))

const endless = (piece: Uint8Array): Attack => ({
  async play(call) {
    await call.begin()
    for (;;) await call.send(piece)
  },
})

/** Sends so many packets of one byte each, as they are. */
async function drip(call: HostileCall, byte: (index: number) => string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    if (sent % 1000 === 0) await setImmediate()
    if (sent % 1000 === 0) await call.sendRaw(byte(sent))
    else call.channel.write(byte(sent), 'latin1')
  }
}

export const ATTACKS: Readonly<Record<string, Attack>> = {
  nothing: during(async () => {}),
  sequences: during((call) => call.send(dirty(1))),
  'sequences in a row': during(async (call) => {
    // without a newline between them they are shown in the step's row, for as long as it is painted
    for (let at = 0; at < SEQUENCES.length; at += 12) {
      await call.send(
        `\n${SEQUENCES.slice(at, at + 12)
          .map((each) => `EVIL${each}LIVE `)
          .join('')}`,
      )
      await setTimeout(130)
    }
  }),
  '20 MB of sequences': output(dirty(64 * 1024), 20 * MEGABYTE),
  '2 GB of lines': output(LINES, 2048 * MEGABYTE),
  'a line of 500 MB': output(ONE_LINE, 500 * MEGABYTE),
  '20 MB of newlines': output(Buffer.alloc(32 * 1024, '\n'), 20 * MEGABYTE),
  '100 MB of random bytes': output(randomBytes(MEGABYTE), 100 * MEGABYTE),
  '200 MB of escapes': output(Buffer.alloc(32 * 1024, '\x1b'), 200 * MEGABYTE),
  '200 MB of OSC': output(Buffer.from('\x1b]0;'.repeat(8192)), 200 * MEGABYTE),
  '200 MB of colours': output(Buffer.from('\x1b[31m'.repeat(6400)), 200 * MEGABYTE),
  '200 MB of returns': output(Buffer.from('x\r'.repeat(16_384)), 200 * MEGABYTE),
  '200 MB of marks': output(Buffer.alloc(32 * 1024, 0x1e), 200 * MEGABYTE),
  '50 MB of control lines in the output': during(async (call) => {
    const line = call.line(call.outcome)
    await flood(call, Buffer.from(line.repeat(400)), 50 * MEGABYTE)
  }),
  'a control line without an end': {
    exit: 76,
    async play(call) {
      await call.begin()
      await call.sendRaw(call.line({ event: 'end' }).slice(0, 34))
      for (;;) await call.sendRaw(ONE_LINE)
    },
  },
  '300000 frames of no or one byte': during(async (call) => {
    const frames = Buffer.concat([framed(call.session, ''), framed(call.session, '.')])
    await call.sendRaw(Buffer.concat(Array.from({ length: 500 }, () => frames)), 300)
  }),
  '500000 tiny chunks': during(async (call) => {
    await call.sendRaw(framed(call.session, '.'.repeat(500_000)).subarray(0, -500_000))
    await drip(call, () => '.', 500_000)
  }),
  '200000 tiny chunks of control lines': during(async (call) => {
    // of an event that no client knows
    const line = call.line({ event: 'end' }).replace('end', 'x'.repeat(7900))
    await drip(call, (index) => line.charAt(index % line.length), line.length * 25)
  }),
  '1 GB of stderr': during((call) => call.sendToStderr(ONE_LINE, 16_384)),
  'forged outcomes': {
    exit: 1,
    async play(call) {
      await call.begin()
      // as a build would print them that knows the token
      const steps = [1, 2, 3].map((number) =>
        call.line({ event: 'step', number, name: 'git', state: 'ended', status: 0, ms: 1 }),
      )
      await call.send([...steps, call.line(call.outcome)].join(''), 2000)
      await call.tell({ event: 'step', number: 1, name: 'git', state: 'ended', status: 9, ms: 1 })
      await call.tell({
        ...call.outcome,
        ...{ outcome: 'failed', exit: 1, number: 1, step: 'git', status: 9 },
      } as typeof call.outcome)
      call.end()
    },
  },
  'an outcome under another token': {
    exit: 76,
    async play(call) {
      await call.begin()
      await call.sendRaw(call.line(call.outcome).replace(call.session, '0'.repeat(32)))
      await call.succeed()
      call.end()
    },
  },
  'a wrong order': {
    exit: 76,
    async play(call) {
      await call.begin()
      await call.finish(1)
      for (const number of [3, 2]) {
        await call.start(number)
        await call.finish(number)
      }
      await call.tell(call.outcome)
      call.end()
    },
  },
  'a million events': {
    exit: 76,
    async play(call) {
      await call.hello()
      // names that change all the time would fill what keeps something of each
      const names = Array.from({ length: 100 }, (_, index) => `step ${index}`)
      for (let round = 0; round < 5000; round += 1) {
        const steps = names
          .slice(0, 64)
          .map((name) => ({ name: `${name} ${round}`, phase: 'prepare' as const }))
        const lines = [
          call.line({ ...call.run, steps } as typeof call.run),
          ...names.flatMap((name, index) => [
            call.line({ event: 'step', number: index + 1, name: `${name} ${round}`, state: 'started' }),
            call.line({
              event: 'step',
              number: index + 1,
              name: `${name} ${round}`,
              state: 'ended',
              status: 0,
              ms: 1,
            }),
          ]),
        ]
        await call.sendRaw(lines.join(''))
      }
      await call.tell(call.outcome)
      call.end()
    },
  },
  'two hellos': {
    exit: 76,
    async play(call) {
      await call.begin()
      await call.hello()
      await call.succeed()
      call.end()
    },
  },
  'an end that never comes': {
    exit: 0,
    async play(call) {
      await call.begin()
      await call.succeed()
      for (;;) await call.send(LINES)
    },
  },
  'a refusal that never ends': {
    exit: 77,
    async play(call) {
      await call.tell({ event: 'hello', protocol: 2, version: '1', user: 'alice' })
      await call.tell({ event: 'refused', reason: 'policy', exit: 77 })
      for (;;) await call.send(LINES)
    },
  },
  'a failure that never ends': {
    exit: 1,
    async play(call) {
      await call.begin()
      await call.send(MARKED)
      await call.tell({ event: 'step', number: 1, name: 'git', state: 'ended', status: 9, ms: 1 })
      await call.tell({
        ...call.outcome,
        outcome: 'failed',
        exit: 1,
        number: 1,
        step: 'git',
        status: 9,
      } as typeof call.outcome)
      await setTimeout(600_000)
    },
  },
  'endless lines': endless(LINES),
  'endless noise before the hello': {
    async play(call) {
      for (;;) await call.sendRaw(LINES)
    },
  },
  'endless bytes before the hello': {
    async play(call) {
      await drip(call, () => '.', Infinity)
    },
  },
  'endless questions whose answers nobody reads': {
    // the link is given up once a megabyte of answers waits, and the host knows no run when it is called again
    mayEnd: 76,
    async play(call) {
      await call.begin()
      // keepalive@openssh.com (OpenSSH's PROTOCOL file) wants an answer
      const { _client: client } = call.channel as unknown as {
        _client: { _protocol: { ping: () => void }; _sock: Socket }
      }
      client._sock.pause()
      while (!client._sock.destroyed) {
        for (let asked = 0; asked < 2000; asked += 1) client._protocol.ping()
        if (client._sock.writableLength > MEGABYTE) await once(client._sock, 'drain')
        await setImmediate()
      }
    },
  },
  'endless stderr': {
    async play(call) {
      await call.begin()
      for (;;) await call.sendToStderr(ONE_LINE, 16)
    },
  },
  'endless bytes': {
    async play(call) {
      await call.begin()
      await call.sendRaw(`\x1e${call.session} {"event":"output","size":999999999999999}\n`)
      await drip(call, () => '.', Infinity)
    },
  },
}
