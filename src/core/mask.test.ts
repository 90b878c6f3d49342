import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskDeep, maskSecrets, secretValues } from './mask.ts'

const x = (count: number): string => 'x'.repeat(count)

test.each([
  ['key sk-ant-api03-AbC_def-123456789 set', `key ${x(30)} set`],
  ['OPENAI_API_KEY=abcdef123', `OPENAI_API_KEY=${x(9)}`],
  ['"password": "hunter2hunter2",', `"password": "${x(14)}",`],
  ['Authorization: Bearer abc.def-ghi', `Authorization: Bearer ${x(11)}`],
  ['ghp_0123456789abcdefghijABCD', x(28)],
  ['AKIAABCDEFGHIJKLMNOP!', `${x(20)}!`],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.s1g_n-ature', x(49)],
  ['https://me:pass@host/x', `https://${x(7)}@host/x`],
  ['mail ann.lee+x@mail.example.org now', `mail ${x(26)} now`],
  ['cd /home/ann/work and /Users/Bob Lee', `cd /home/${x(3)}/work and /Users/${x(3)} Lee`],
  ['ann@laptop:~/x$', `${x(10)}:~/x$`],
  [
    '-----BEGIN RSA PRIVATE KEY-----\nabc\ndef\n-----END',
    `-----BEGIN RSA PRIVATE KEY-----\n${x(3)}\n${x(3)}\n-----END`,
  ],
])('hides what is secret and keeps every column: %s', (text, wanted) => {
  expect(maskSecrets(text)).toBe(wanted)
})

test.each([
  'esc to interrupt · 12s · ↓ 3.4k tokens)',
  'Tokens: 12345, used 90%',
  'commit 0123456789abcdef0123456789abcdef01234567',
  '✻ Worked for 8s',
  'src/core/mask.test.ts:12:5',
  'npm i @anthropic-ai/claude-code',
  "You've hit your session limit · resets 6:30pm (Europe/Berlin)",
  'claude --resume 0a1b2c3d-0000-4000-8000-0123456789ab',
  '────────────────────────────────────────────────────────',
])('leaves alone what detection lives on: %s', (text) => expect(maskSecrets(text)).toBe(text))

test('a key that goes on in the next row is hidden in both', () => {
  const text = `export K sk-ant-api0\n3-secretsecret\nnext row`
  expect(maskSecrets(text, { width: 20 })).toBe(`export K ${x(11)}\n${x(14)}\nnext row`)
})

test('values of the environment, the home folder and the login are hidden wherever they stand', () => {
  const env = { MY_TOKEN: 'correct horse', PATH: '/usr/bin:/bin', SHORT_KEY: 'abc', KEY_FILE: '/etc/key.pem' }
  expect(secretValues(env)).toEqual(['correct horse'])
  const known = { values: secretValues(env), home: '/srv/people/annlee', user: 'annlee' }
  expect(maskSecrets('annlee: correct horse in /srv/people/annlee/x annlees', known)).toBe(
    `${x(6)}: ${x(7)} ${x(5)} in ${x(18)}/x annlees`,
  )
})

test('every text of a note is masked', () => {
  expect(maskDeep({ title: 'a@b.example', claims: [{ evidence: 'token=abcdefgh', at: 5 }] })).toEqual({
    title: x(11),
    claims: [{ evidence: `token=${x(8)}`, at: 5 }],
  })
})

test('rows, length and blanks stay, and a second time changes nothing', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'sk-ant-api03-0123456789',
      'a@b.example',
      '/home/ann',
      'token=',
      '\n',
      ' ',
      '│',
      '世',
      '❯ ',
    ),
    fc.string({ maxLength: 12 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 5, max: 60 }), (pieces, width) => {
      const text = pieces.join('')
      const masked = maskSecrets(text, { width })
      expect(masked.length).toBe(text.length)
      expect(masked.replace(/[^\s]/g, '_')).toBe(text.replace(/[^\s]/g, '_'))
      expect(masked).not.toContain('sk-ant')
    }),
  )
})
