// Judges the services that a recipe reloads or restarts: whether systemd has each, and can do that with it.
import type { Finding } from '../../results/finding.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { Facts } from './facts.ts'
import { broken, ok, warning } from './finding.ts'

/** Judges each unit by what systemd tells the app's account: `VERB UNIT LOADED ACTIVE RELOADS`. */
export function examineServices(facts: Facts): Finding[] {
  return facts.all('service').map((line) => {
    const [verb = '', subject = '', loaded = '-', active = '-', reloads = '-'] = line.split(' ')
    const bad = (text: string, todo: string) => broken('host', { subject, text: `${subject} ${text}`, todo })
    const unit = shellWord(subject)
    if (loaded === '-')
      return bad(
        `is unknown: systemd tells the app's account nothing about it, and the recipe would ${verb} it`,
        'Have root check whether systemd runs, and the system bus: `systemctl status dbus`.',
      )
    if (loaded === 'not-found')
      return bad(
        `does not exist, and the recipe would ${verb} it`,
        'Have root create the unit, and run `systemctl daemon-reload`.',
      )
    if (loaded !== 'loaded')
      return bad(
        `is ${loaded}, and the recipe would ${verb} it`,
        loaded === 'masked'
          ? `Have root run \`systemctl unmask ${unit}\`.`
          : `\`systemd-analyze verify ${unit}\` says why.`,
      )
    if (verb === 'reload' && reloads === 'no')
      return bad(
        'cannot be reloaded, and the recipe would do that',
        'Have root give the unit ExecReload=, or let the recipe say restart.',
      )
    if (active === 'failed' || (verb === 'reload' && active === 'inactive'))
      return warning('host', {
        subject,
        text: `${subject} ${active === 'failed' ? 'has failed' : 'is not running, so a deploy cannot reload it'}`,
        todo: `Have root find out why: \`journalctl -u ${unit} -n 50\`, then \`systemctl restart ${unit}\`.`,
      })
    return ok('host', subject, active)
  })
}
