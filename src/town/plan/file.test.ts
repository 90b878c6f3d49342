import TOML from '@iarna/toml'
import { expect, test } from 'vitest'
import { planTemplate, readPlan } from './file.ts'

const read = (text: string) => readPlan(TOML.parse(text) as Record<string, unknown>)
const faults = (text: string) => read(text).faults.map((one) => `${one.path.join('.')} ${one.what}`)

test('a plan of tinytown, with its defaults', () => {
  const { plan, faults } = read(
    '[meta]\ndescription = "d"\ndefault_agent = "w"\n[[tasks]]\nid = "a"\ndescription = "x"\n[[tasks]]\ndescription = "y"\nagent = "b"\nstatus = "completed"\ntags = ["q"]\nparent = "a"\n',
  )
  expect(faults).toEqual([])
  expect(plan).toMatchObject({
    description: 'd',
    defaultAgent: 'w',
    tasks: [
      { at: 0, id: 'a', status: undefined, tags: [], priority: 'normal', dependsOn: [] },
      { at: 1, id: undefined, agent: 'b', status: 'completed', tags: ['q'], parent: 'a' },
    ],
  })
})

test('the template is a plan without a fault, also with all comments taken away', () => {
  expect(faults(planTemplate)).toEqual([])
  const bare = planTemplate.replaceAll(/^# (\w+ = )/gm, '$1')
  expect(faults(`${bare}[[tasks]]\nid = "other"\ndescription = "x"\n`)).toEqual([])
})

test.each([
  ['[[tasks]]\nid = "a"\n', 'tasks.0.description A task needs a description.'],
  ['[[tasks]]\ndescription = 5\n', 'tasks.0.description description is not a text.'],
  ['tasks = 5\n', 'tasks tasks is not a list of tables.'],
  ['meta = 5\n', 'meta meta is not a table.'],
  ['[[tasks]]\ndescription = "x"\ntags = "a"\n', 'tasks.0.tags tags is not a list of texts.'],
  [
    '[[tasks]]\ndescription = "x"\nstatus = "done"\n',
    'tasks.0.status status "done" is none; it is taken for "pending".',
  ],
  ['[[tasks]]\ndescription = "x"\nparent = "b"\n', 'tasks.0.parent There is no task "b" in this file.'],
  [
    '[[tasks]]\nid = "a"\ndescription = "x"\n[[tasks]]\nid = "a"\ndescription = "y"\n',
    'tasks.1.id The id "a" stands twice.',
  ],
  [
    '[[tasks]]\nid = "a"\ndescription = "x"\ndepends_on = ["b"]\n[[tasks]]\nid = "b"\ndescription = "y"\ndepends_on = ["a"]\n',
    'tasks.0.depends_on a → b → a is a circle.',
  ],
])('%j: %s', (text, fault) => {
  expect(faults(text)).toContain(fault)
})
