import { expect, test } from 'vitest'
import { AGENT, HEAD, problemsOf } from '../../../test/support/project.ts'

const check = (...rules: string[]): Promise<string[]> =>
  problemsOf(`${HEAD}${AGENT}${rules.map((rule) => `[[policy]]\n${rule}\n`).join('')}`)
const yes = 'answer = "Yes"'

test('sound rules are not remarked on', async () => {
  const trust = 'dialog = "claude-trust"\nanswer = "Yes, I trust"'
  expect(await check(trust, `dialog = "permission"\nagents = ["*"]\nmatch = 'npm'\n${yes}`)).toEqual([])
})

test.each([
  [
    'a dialog that is neither kind nor id',
    `dialog = "claude-trusts"\n${yes}`,
    'dialog CONFIG_POLICY_UNKNOWN',
  ],
  ['an agent that is not there', `agents = ["b"]\ndialog = "trust"\n${yes}`, 'CONFIG_POLICY_UNKNOWN'],
  ['a backend that is not there', `backend = "c"\ndialog = "trust"\n${yes}`, 'backend CONFIG_POLICY_UNKNOWN'],
  ['no answer', 'dialog = "trust"', 'answer CONFIG_REQUIRED'],
  ['an answer that is no regex', 'dialog = "trust"\nanswer = \'/(/\'', 'answer CONFIG_REGEX'],
  [
    'an option that the dialog never had',
    'dialog = "codex-trust"\nanswer = "Proceed"',
    'CONFIG_POLICY_USELESS',
  ],
  ['an answer that costs', 'dialog = "limit-menu"\nanswer = "Upgrade your plan"', 'CONFIG_POLICY_DANGER'],
  ['an answer that lasts', 'dialog = "permission"\nanswer = "/don\'t ask again/"', 'CONFIG_POLICY_DANGER'],
  ['a yes to a bypass', `dialog = "bypass"\n${yes}`, 'CONFIG_POLICY_DANGER'],
  ['unknown dialogs without words', `dialog = "unknown"\n${yes}`, 'CONFIG_POLICY_BLIND'],
  ['every known dialog', yes, 'CONFIG_POLICY_WIDE'],
])('%s is a problem', async (_, rule, expected) => {
  expect((await check(rule)).join()).toMatch(new RegExp(expected))
})

test('a rule behind a wider one never applies', async () => {
  const narrow = 'dialog = "claude-trust"\nanswer = "Yes, I trust"'
  const wide = 'dialog = "trust"\nanswer = "Yes"'
  expect((await check(wide, narrow)).join()).toContain('CONFIG_POLICY_USELESS')
  expect(await check(narrow, wide)).toEqual([])
  const npm = 'match = \'npm\'\ndialog = "permission"\nanswer = "No"'
  expect(await check(npm, `dialog = "permission"\n${yes}`)).toEqual([])
})
