import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Html, html } from '../../../src/ui/report/html.ts'

test('shows what is put into a template, and never takes it for markup', () => {
  const text = `<script>alert(1)</script>&"'`
  assert.equal(
    html`<p title="${text}">${text}</p>`.markup,
    '<p title="&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;">&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;</p>',
  )
  assert.equal(html`<p>${'a\x1b]0;title\x07b\u202ec\x00d\nx'}</p>`.markup, '<p>abcd x</p>')
})

test('takes markup of ours, lists, numbers, and nothing', () => {
  assert.equal(html`<b>${html`<i>${'<'}</i>`}</b>`.markup, '<b><i>&lt;</i></b>')
  assert.equal(html`${['a', html`<br>`, ['b']]}${1.23456}${undefined}${false}`.markup, 'a<br>b1.23')
  assert.equal(html`${new Html('<hr>')}`.markup, '<hr>')
})
