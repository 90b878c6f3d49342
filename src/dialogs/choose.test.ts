import { describe, expect, test } from 'vitest'
import type { PolicySpec } from '../core/index.ts'
import { chooseByPolicy } from './choose.ts'
import { allDangers } from './danger.ts'
import { findDialog } from './find.ts'
import { pick } from './pick.ts'

const matches = (source: string, text: string): boolean => new RegExp(source, 'i').test(text)
const rule = (words: string, more: Partial<PolicySpec> = {}): PolicySpec => ({
  id: 'r',
  dialog: undefined,
  agents: undefined,
  backend: undefined,
  match: undefined,
  answer: words.startsWith('/')
    ? { kind: 'regex', text: words, source: words.slice(1, -1) }
    : { kind: 'words', text: words },
  maxPerHour: 60,
  ...more,
})
const menu = (text: string, ...labels: string[]): string =>
  `${text}\n${labels.map((label, at) => `${at === 0 ? '❯' : ' '} ${at + 1}. ${label}`).join('\n')}`
const choose = (screen: string, rules: PolicySpec[], program = 'claude') =>
  chooseByPolicy(rules, { agent: 'a', backend: 'claude', dialog: findDialog(screen, program) }, matches)
const answered = (screen: string, rules: PolicySpec[], program?: string): string | undefined => {
  const choice = choose(screen, rules, program)
  return choice.kind === 'answer' ? choice.option.label : undefined
}

const permission = menu('Do you want to proceed?', 'Yes', 'Yes, and don’t ask again for: npm *', 'No')
const trust = menu('Quick safety check: is this a project you trust?', 'Yes, I trust this folder', 'No, exit')
const bypass = menu('WARNING: Bypass Permissions mode', 'No, exit', 'Yes, I accept')
const limit = menu(
  'What do you want to do?',
  'Upgrade your plan',
  'Stop and wait for limit to reset',
  'Switch to usage credits',
)

describe('the first rule that is about a dialog', () => {
  test('chooses the option of its words, the whole label before a beginning', () => {
    expect(answered(permission, [rule('Yes', { dialog: 'permission' })])).toBe('Yes')
    expect(answered(trust, [rule('yes, i trust', { dialog: 'claude-trust' })])).toBe(
      'Yes, I trust this folder',
    )
    expect(answered(trust, [rule('Yes', { dialog: 'trust' })])).toBe('Yes, I trust this folder')
    expect(answered(trust, [rule('Ye', { dialog: 'trust' })])).toBeUndefined()
  })

  test('is the only one that counts, also where it gives no answer', () => {
    const rules = [rule('Perhaps', { dialog: 'permission' }), rule('Yes', { dialog: 'permission' })]
    expect(choose(permission, rules)).toMatchObject({ kind: 'ask', why: 'no option is called "Perhaps"' })
  })

  test('may be kept to agents, a backend, and words of the dialog', () => {
    expect(answered(permission, [rule('Yes', { agents: ['b'] }), rule('No')])).toBe('No')
    expect(answered(permission, [rule('Yes', { backend: 'codex' }), rule('No')])).toBe('No')
    expect(answered(permission, [rule('Yes', { match: 'npm' }), rule('No')])).toBe('No')
    expect(answered(`$ npm test\n\n${permission}`, [rule('Yes', { match: 'npm' }), rule('No')])).toBe('Yes')
  })

  test('two options that fit are no answer', () => {
    const twice = menu('Do you want to proceed?', 'Yes, once', 'Yes, twice', 'No')
    expect(choose(twice, [rule('Yes')])).toMatchObject({ kind: 'ask', why: '2 options are called "Yes"' })
  })

  test('an unknown dialog wants a rule that says so', () => {
    const unknown = menu('Colour?', 'Red', 'Blue')
    expect(answered(unknown, [rule('Red')])).toBeUndefined()
    expect(answered(unknown, [rule('Red', { dialog: 'unknown', match: 'Colour' })])).toBe('Red')
  })
})

describe('what nobody wants by accident', () => {
  test.each([
    [limit, 'Upgrade your plan', /Upgrade|usage/, '/^(up|upg).*|nothing/'],
    [permission, 'Yes, and don’t ask again for: npm *', /ask again/, '/npm/'],
    [bypass, 'Yes, I accept', /accept/, '/^yes/'],
  ])('is not chosen by a pattern, only by its words', (screen, label, _, loose) => {
    expect(choose(screen, [rule(loose)]).kind).toBe('ask')
    const { options, kind, text } = findDialog(screen, 'claude')
    const option = options.find((one) => one.label === label)!
    expect(allDangers({ kind, text }, option)).not.toEqual([])
  })

  test('is not named by a pattern for the text of the dialog', () => {
    expect(choose(limit, [rule('/^up/', { match: 'upgrade|what' })]).kind).toBe('ask')
    expect(choose(limit, [rule('/^upgrade/')]).kind).toBe('answer')
  })

  test('is chosen by a rule that names it', () => {
    expect(answered(limit, [rule('Upgrade your plan')])).toBe('Upgrade your plan')
    expect(answered(permission, [rule("Yes, and don't ask again")])).toMatch(/ask again/)
    expect(answered(bypass, [rule('Yes, I accept', { dialog: 'bypass' })])).toBe('Yes, I accept')
    expect(answered(bypass, [rule('Yes, I accept')])).toBeUndefined()
    expect(answered(limit, [rule('Stop and wait')])).toBe('Stop and wait for limit to reset')
  })

  test('an affirming answer does what the question asks', () => {
    const buy = menu('Do you want to proceed? Purchase 100 credits?', 'Yes', 'No')
    expect(answered(buy, [rule('Yes', { dialog: 'permission' })])).toBeUndefined()
    expect(answered(buy, [rule('No', { dialog: 'permission' })])).toBe('No')
    const nudge = menu('Request a limit increase from your owner. Request increase?', 'Yes', 'No')
    expect(answered(nudge, [rule('Yes'), rule('/^y/')])).toBeUndefined()
    const owner = menu('Your workspace is out of credits. Notify owner?', 'Yes', 'No')
    expect(answered(owner, [rule('Yes', { dialog: 'unknown', match: 'workspace' })])).toBeUndefined()
    const edit = menu('Do you want to make this edit to src/billing.ts?', 'Yes', 'No')
    expect(answered(edit, [rule('Yes', { dialog: 'permission' })])).toBe('Yes')
  })

  test.each([
    ['Keep current model', []],
    ['Keep current model (never show again)', ['lasting']],
    ['Switch to gpt-mini', ['model']],
    ['Update now (runs `npm install -g x`)', ['update']],
    ['Skip until next version', ['lasting']],
    ['Allow for this session', ['lasting']],
    ['Trust parent folder', ['lasting']],
    ['Trust folder (work)', []],
    ['Resume from summary (recommended)', []],
    ['Get AI Credits - Open browser to purchase credits', ['paid', 'account']],
    ['Set up usage credits on claude.ai', ['paid']],
    ['Ask your admin for more usage', ['paid']],
    ['Add funds to continue', ['paid']],
    ['Keep trying', []],
    ['Continue with pay-as-you-go', ['paid']],
    ['Turn on usage-based pricing', ['paid']],
    ['Enable overages', ['paid']],
    ['Start your free trial', ['paid']],
    ['Get Pro for higher limits', ['paid']],
    ['Yes, charge my card', ['paid']],
    ['Add $20', ['paid']],
    ['Increase the weekly limit', ['paid']],
    ['Full reset  Reset your current usage limits', ['paid']],
    ['Yes, run echo $1', []],
    ['Allow git reset --hard', []],
    ['Try again', []],
    ['Yes, allow all edits during this session (shift+tab)', ['lasting']],
  ])('%s is %j', (label, expected) => {
    const option = { number: 1, label, more: '' }
    expect(allDangers({ kind: 'unknown', text: '' }, option)).toEqual(expected)
  })
})

describe('a person', () => {
  const dialog = findDialog(limit, 'claude')
  test('names an option by number, label or beginning', () => {
    expect(pick(dialog, '2', false)).toMatchObject({ kind: 'option', option: { number: 2 } })
    expect(pick(dialog, 'stop', false)).toMatchObject({ kind: 'option', option: { number: 2 } })
    expect(pick(dialog, '9', false)).toMatchObject({ kind: 'refused', code: 'ANSWER_OPTION' })
    expect(pick(dialog, '', false)).toMatchObject({ kind: 'refused', code: 'ANSWER_OPTION' })
  })

  test('gets what may cost by its whole label or --yes', () => {
    expect(pick(dialog, '1', false)).toMatchObject({ kind: 'refused', code: 'ANSWER_DANGER' })
    expect(pick(dialog, 'upgrade', false)).toMatchObject({ kind: 'refused', code: 'ANSWER_DANGER' })
    expect(pick(dialog, 'Upgrade your plan', false)).toMatchObject({ kind: 'option' })
    expect(pick(dialog, '1', true)).toMatchObject({ kind: 'option' })
  })
})
