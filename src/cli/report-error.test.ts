import { expect, test } from 'vitest'
import { OutsideError, type Problem, UserError } from '../core/errors.ts'
import { describeError } from './report-error.ts'

const describe = (error: unknown) => describeError(error, (tool) => `get ${tool}`)

test('a user error has its place, its code and what to do, and no stack', () => {
  const report = describe(
    new UserError({
      code: 'CONFIG_X',
      what: 'It is \x1b[31mwrong.',
      fix: 'Write\nthis.',
      file: 'agents.toml',
      line: 14,
      key: 'agent.scout',
      exit: 2,
    }),
  )
  expect(report.exit).toBe(2)
  expect(report.text).toBe(
    'error: It is \\x1b[31mwrong.\n  agents.toml:14  agent.scout  CONFIG_X\n  Write\n  this.\n',
  )
  expect(JSON.parse(report.json)).toEqual({
    version: 1,
    error: {
      code: 'CONFIG_X',
      what: 'It is \x1b[31mwrong.',
      fix: 'Write\nthis.',
      file: 'agents.toml',
      key: 'agent.scout',
      line: 14,
    },
  })
})

test('a refused config lists all its problems', () => {
  const problem: Problem = {
    code: 'CONFIG_TOML',
    severity: 'error',
    file: '/p/agents.toml',
    line: 3,
    key: 'agent',
    what: 'A quote is missing.',
    fix: 'Write it.',
  }
  const error = new UserError({ code: 'CONFIG_INVALID', what: 'It cannot be used.', exit: 2 })
  const report = describe(Object.assign(error, { problems: [problem, problem] }))
  expect(report.text.match(/agents\.toml:3/g)).toHaveLength(2)
  expect(report.text).toMatch(/error: It cannot be used\.\n$/)
  expect(JSON.parse(report.json).error.problems).toHaveLength(2)
})

test('an outside error is one line, and says when trying again may help', () => {
  const parts = {
    tool: 'tmux' as const,
    code: 'TMUX_TIMEOUT',
    what: 'tmux did not answer in 2 s',
    stderr: 'x\ny',
  }
  const report = describe(new OutsideError({ ...parts, retryable: true }))
  expect(report).toMatchObject({ exit: 1 })
  expect(report.text).toBe(
    'error: tmux did not answer in 2 s (tmux: x)\n  The same command may work a moment later.\n',
  )
})

test.each(['tmux', 'git'] as const)('a missing %s exits 5 with the command that installs it', (tool) => {
  const cause = Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' })
  const report = describe(new OutsideError({ tool, code: 'X', what: 'x', retryable: false, cause }))
  expect(report.exit).toBe(5)
  expect(report.text).toContain(`Install it: get ${tool}`)
})

test('a missing file is not a missing tool', () => {
  const cause = Object.assign(new Error('open ENOENT'), { code: 'ENOENT' })
  const report = describe(new OutsideError({ tool: 'files', code: 'X', what: 'x', retryable: false, cause }))
  expect(report.exit).toBe(1)
})

test('anything else is a bug, with its stack and where to report it', () => {
  const report = describe(new TypeError('x is not a function', { cause: 'y' }))
  expect(report.exit).toBe(1)
  expect(report.text).toContain('this is a bug in agents')
  expect(report.text).toContain('report-error.test.ts')
  expect(report.text).toContain('caused by y')
  expect(report.text).toContain('agents doctor --json')
  expect(JSON.parse(report.json).error.code).toBe('BUG')
  expect(describe('thrown text').text).toContain('thrown text')
})

test('a redis-server that is missing exits 5 with the command that installs it; others say what to do', () => {
  const missing = new OutsideError({ tool: 'redis', code: 'REDIS_MISSING', what: 'x', retryable: false })
  expect(describe(missing)).toMatchObject({
    exit: 5,
    text: 'error: redis-server is not installed, or not on PATH.\n  Install it: get redis-server\n',
  })
  const full = {
    tool: 'redis',
    code: 'REDIS_FULL',
    what: 'It is full',
    fix: 'Empty\nit.',
    retryable: true,
  } as const
  expect(describe(new OutsideError(full))).toMatchObject({
    exit: 1,
    text: 'error: It is full\n  Empty\n  it.\n',
  })
  expect(JSON.parse(describe(new OutsideError(full)).json).error).toMatchObject({
    code: 'REDIS_FULL',
    fix: 'Empty\nit.',
  })
})
