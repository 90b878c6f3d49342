import { expect, test } from 'vitest'
import { UserError } from '../core/errors.ts'
import { parse } from './parse.ts'

const call = (...argv: string[]) => {
  const parsed = parse(argv)
  if (parsed.kind !== 'call') throw new Error(`parsed as ${parsed.kind}`)
  return parsed.call
}

const refusal = (...argv: string[]): UserError => {
  try {
    parse(argv)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('was not refused')
}

test.each([[[]], [['-h']], [['--help']], [['help']]])('shows the usage for %j', (argv) => {
  expect(parse(argv)).toEqual({ kind: 'usage' })
})

test.each([[['up', '--help']], [['up', '-h']], [['help', 'up']], [['up', 'builder', '--help']]])(
  'shows the help of the verb for %j',
  (argv) => {
    expect(parse(argv)).toMatchObject({ kind: 'help', verb: { name: 'up' } })
  },
)

test('tells the version', () => {
  expect(parse(['--version'])).toEqual({ kind: 'version' })
})

test('keeps names that look like numbers as they were typed', () => {
  expect(call('up', '007', '1e3', '0x10').args).toEqual(['007', '1e3', '0x10'])
  expect(call('events', '--agent', '007').options.agent).toBe('007')
})

test.each([
  [['status', '--config', 'a.toml']],
  [['--config', 'a.toml', 'status']],
  [['--config=a.toml', 'status']],
  [['status', '--config=a.toml']],
  [['--config', 'a.toml', 'status', '--config', 'b.toml']],
])('takes the first --config from anywhere: %j', (argv) => {
  expect(call(...argv)).toMatchObject({ verb: 'status', args: [], config: 'a.toml' })
})

test('a config and nothing else means status, as in the Python driver', () => {
  expect(call('--config', 'a.toml')).toMatchObject({ verb: 'status', config: 'a.toml' })
})

test('options and no verb mean status', () => {
  expect(call('--json')).toMatchObject({ verb: 'status', options: { json: true } })
})

test.each([
  [['--watch'], '1s'],
  [['-w'], '1s'],
  [['--watch', '5s'], '5s'],
  [['--watch=2'], '2'],
  [['-w', '250ms'], '250ms'],
  [['--watch', '--json'], '1s'],
])('an option whose value may be left out: %j', (words, value) => {
  expect(call('status', ...words).options.watch).toBe(value)
})

test('short options with and without a blank', () => {
  expect(call('logs', 'web', '-fn5').options).toMatchObject({ follow: true, lines: '5' })
  expect(call('logs', 'web', '-f', '-n', '5').options).toMatchObject({ follow: true, lines: '5' })
})

test('a dash alone is a value', () => {
  expect(call('explain', '--backend', 'b', '--screen', '-', '--json').options).toMatchObject({ screen: '-' })
})

test('everything after -- is a name', () => {
  expect(call('up', '--', '--config', '-x').args).toEqual(['--config', '-x'])
})

test.each([
  [['stats'], 'CLI_UNKNOWN_COMMAND', 'status'],
  [['stat'], 'CLI_UNKNOWN_COMMAND', 'status'],
  [['zzzzzz'], 'CLI_UNKNOWN_COMMAND', 'agents help'],
  [['help', 'dwn'], 'CLI_UNKNOWN_COMMAND', 'down'],
  [['down', '--dry-run'], 'CLI_UNKNOWN_OPTION', 'agents down --help'],
  [['down', '--grase', '5s'], 'CLI_UNKNOWN_OPTION', '--grace'],
  [['status', '-x'], 'CLI_UNKNOWN_OPTION', 'agents status --help'],
  [['status', '--json=yes'], 'CLI_OPTION_VALUE', 'agents status --help'],
  [['down', '--grace'], 'CLI_OPTION_VALUE', 'agents down --help'],
  [['down', '--grace', '--json'], 'CLI_OPTION_VALUE', 'agents down --help'],
  [['down', '--grace='], 'CLI_OPTION_VALUE', 'agents down --help'],
  [['status', 'builder'], 'CLI_ARGUMENTS', 'agents status --help'],
  [['why'], 'CLI_ARGUMENTS', 'agents why --help'],
  [['logs', 'a', 'b'], 'CLI_ARGUMENTS', 'agents logs --help'],
  [['up', '--config'], 'CLI_OPTION_VALUE', '--config PATH'],
  [['--config='], 'CLI_OPTION_VALUE', '--config PATH'],
  [['up', '__proto__', '--constructor'], 'CLI_UNKNOWN_OPTION', 'agents up --help'],
])('refuses %j as %s', (argv, code, fix) => {
  const error = refusal(...argv)
  expect(error).toMatchObject({ code, exit: 2 })
  expect(error.fix).toContain(fix)
})

test('a sentence ends with one full stop', () => {
  expect(() => parse(['kill'])).toThrow(/^agents kill needs NAME\.\.\.$/)
  expect(() => parse(['why'])).toThrow(/^agents why needs NAME\.$/)
})
