import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { askSettings } from '../../../src/ssh/settings/ask-settings.ts'
import { findUnread } from '../../../src/ssh/settings/unread-config.ts'

test('where there is no ssh to ask, the blocks that would be for a host are named with their lines', async () => {
  const home = mkdtempSync(join(tmpdir(), 'shipit-unread-'))
  const { PATH } = process.env
  try {
    assert.equal(findUnread(home, 'live'), undefined)
    mkdirSync(join(home, '.ssh'))
    const file = join(home, '.ssh/config')
    writeFileSync(
      file,
      'Host live\n  HostName web1\nHost other\nHost=web* !web2\n# Host live\nMatch user bob\ninclude more\n',
    )
    assert.deepEqual(findUnread(home, 'live')?.blocks, [
      'line 1 (Host live)',
      'line 6 (Match user bob)',
      'line 7 (include more)',
    ])
    assert.deepEqual(findUnread(home, 'WEB1')?.blocks[0], 'line 4 (Host web* !web2)')
    assert.ok(!findUnread(home, 'web2')?.blocks.some((block) => block.includes('web*')))
    process.env.PATH = home
    const local = { home, user: 'alice', isReadable: () => true }
    const [settings] = await askSettings([{ name: 'live' }], {}, local)
    assert.equal(settings?.address, 'live')
    assert.deepEqual([settings?.unread?.file, settings?.unread?.blocks[0]], [file, 'line 1 (Host live)'])
    process.env.PATH = PATH
    const [asked] = await askSettings([{ name: 'live' }], {}, local)
    assert.equal(asked?.unread, undefined)
  } finally {
    process.env.PATH = PATH
    rmSync(home, { recursive: true })
  }
})
