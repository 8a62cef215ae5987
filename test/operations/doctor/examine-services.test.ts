import assert from 'node:assert/strict'
import { it } from 'node:test'
import { examineServices } from '../../../src/operations/doctor/examine-services.ts'
import { facts, said } from '../support/doctor-told.ts'

it('says of each service whether systemd has it, and can do with it what the recipe wants', () => {
  const judge = (...lines: string[]) =>
    said(examineServices(facts(...lines.map((line): [string, string] => ['service', line]))))
  assert.deepEqual(
    judge(
      'reload a.service loaded active yes',
      'restart b.service loaded inactive no',
      'restart c.service not-found inactive no',
      'restart d.service masked inactive no',
      'restart e.service bad-setting inactive no',
      'reload f.service loaded active no',
      'reload g.service loaded inactive yes',
      'restart h.service loaded failed no',
      'reload i.service - - -',
    ),
    [
      'ok a.service: active',
      'ok b.service: inactive',
      'broken c.service does not exist, and the recipe would restart it',
      'broken d.service is masked, and the recipe would restart it',
      'broken e.service is bad-setting, and the recipe would restart it',
      'broken f.service cannot be reloaded, and the recipe would do that',
      'warning g.service is not running, so a deploy cannot reload it',
      'warning h.service has failed',
      "broken i.service is unknown: systemd tells the app's account nothing about it, and the recipe would reload it",
    ],
  )
})
