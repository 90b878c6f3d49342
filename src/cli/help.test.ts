import { expect, test } from 'vitest'
import { referenceText, usageText, verbText } from './help.ts'
import { GLOBAL_OPTIONS, VERBS } from './table.ts'

test('the committed reference is what the table says', async () => {
  await expect(referenceText()).toMatchFileSnapshot('../../docs/reference/cli.md')
})

test('the usage fits into 120 columns and names every verb', () => {
  const text = usageText()
  expect(text).toMatchSnapshot()
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  for (const verb of VERBS) expect(text).toContain(`\n  ${verb.name}`)
})

test.each(VERBS.map((verb) => [verb.name, verb] as const))(
  'the help of %s shows options and examples',
  (_name, verb) => {
    const text = verbText(verb)
    for (const option of [...verb.options, ...GLOBAL_OPTIONS]) {
      if (option.hidden !== true) expect(text).toContain(`--${option.name}`)
      else expect(text).not.toContain(`--${option.name}`)
    }
    for (const example of verb.examples) expect(text).toContain(example)
  },
)

test.each(VERBS.map((verb) => [verb.name, verb] as const))('%s has a module', async (_name, verb) => {
  expect(typeof (await verb.load()).command).toBe('function')
})

test('no verb has two options of one name or letter', () => {
  for (const verb of VERBS) {
    const options = [...verb.options, ...GLOBAL_OPTIONS]
    const names = options.map((option) => option.name)
    const letters = options.flatMap((option) => option.short ?? [])
    expect(new Set(names).size, verb.name).toBe(names.length)
    expect(new Set(letters).size, verb.name).toBe(letters.length)
  }
})
