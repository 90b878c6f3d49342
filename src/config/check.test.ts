import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AGENT, brief, HEAD, makeProject, problemsOf } from '../../test/support/project.ts'
import { createConfigFiles } from '../adapters/files/config-files.ts'
import { findConfig } from './find.ts'
import { tablesOfSchema } from './keys.ts'

const BASE = HEAD + AGENT

describe('a config is refused as a whole', () => {
  test.each([
    ['unknown key', `${BASE}wacth = "heal"\n`, '9 agent.a.wacth CONFIG_KEY_UNKNOWN'],
    ['switch to itself', `${BASE}on_limit = { switch = "b" }\n`, '9 agent.a.on_limit CONFIG_SWITCH'],
    ['on_limit that is no word', `${BASE}on_limit = "stop"\n`, '9 agent.a.on_limit CONFIG_CHOICE'],
    ['unknown table', `${BASE}[watchdgo]\na = 1\n`, '9 watchdgo CONFIG_KEY_UNKNOWN'],
    ['wrong type', `${BASE}enabled = "false"\n`, '9 agent.a.enabled CONFIG_TYPE'],
    ['wrong word', `${BASE}watch = "heal-stall"\n`, '9 agent.a.watch CONFIG_CHOICE'],
    [
      'negative interval',
      `${BASE}[watchdog]\nsignal_interval = -1\n`,
      '10 watchdog.signal_interval CONFIG_DURATION',
    ],
    [
      'huge interval',
      `${BASE}[watchdog]\nsignal_interval = 1e308\n`,
      '10 watchdog.signal_interval CONFIG_DURATION',
    ],
    [
      'huge integer',
      `${BASE}[watchdog]\npark_after = 9223372036854775807\n`,
      '10 watchdog.park_after CONFIG_NUMBER',
    ],
    ['nan', `${BASE}[watchdog]\nstall_grace = nan\n`, '10 watchdog.stall_grace CONFIG_TYPE'],
    ['infinity', `${BASE}[watchdog]\nbackoff_max = inf\n`, '10 watchdog.backoff_max CONFIG_DURATION'],
    [
      'zero interval',
      `${BASE}[watchdog]\nsignal_interval = 0\n`,
      '10 watchdog.signal_interval CONFIG_DURATION',
    ],
    [
      '"abc" for a number',
      `${BASE}[watchdog]\nstall_grace = "abc"\n`,
      '10 watchdog.stall_grace CONFIG_DURATION',
    ],
    ['empty name', `${BASE}[[agent]]\nname = ""\nbackend = "b"\n`, '10 agent[1].name CONFIG_NAME'],
    [
      'name that tmux changes',
      `${BASE}[[agent]]\nname = "a.b"\nbackend = "b"\n`,
      '10 agent[1].name CONFIG_NAME',
    ],
    ['name like an option', `${BASE}[[agent]]\nname = "-x"\nbackend = "b"\n`, '10 agent.-x.name CONFIG_NAME'],
    [
      'name that tmux expands',
      `${BASE}[[agent]]\nname = "#(touch X)"\nbackend = "b"\n`,
      '10 agent[1].name CONFIG_NAME',
    ],
    ['name with a slash', `${BASE}[[agent]]\nname = "a/b"\nbackend = "b"\n`, '10 agent[1].name CONFIG_NAME'],
    ['long name', `${BASE}[[agent]]\nname = "${'n'.repeat(65)}"\nbackend = "b"\n`, '10 agent.'],
    [
      'prefix and name too long',
      `${BASE}[[agent]]\nname = "${'n'.repeat(63)}"\nbackend = "b"\n`,
      '10 agent.',
    ],
    ['prefix that tmux changes', `${BASE.replace('p-', 'my.app-')}`, '2 defaults.session_prefix CONFIG_NAME'],
    ['explicit session that tmux changes', `${BASE}session = "a:b"\n`, '9 agent.a.session CONFIG_NAME'],
    ['one name twice', `${BASE}[[agent]]\nname = "a"\nbackend = "b"\n`, '10 agent.a.name CONFIG_NAME_TWICE'],
    [
      'agent and service of one name',
      `${BASE}[[service]]\nname = "a"\ncommand = "x"\n`,
      '10 service.a.name CONFIG_NAME_TWICE',
    ],
    [
      'one session twice',
      `${BASE}[[agent]]\nname = "c"\nsession = "p-a"\nbackend = "b"\n`,
      '11 agent.c.session CONFIG_SESSION_TWICE',
    ],
    ['the watchdog’s session', `${BASE}session = "p-watchdog"\n`, '9 agent.a.session CONFIG_SESSION_TWICE'],
    ['the keeper’s session', `${BASE}session = "p--keeper"\n`, '9 agent.a.session CONFIG_SESSION_TWICE'],
    [
      'the watchdog’s name',
      `${BASE}[[agent]]\nname = "watchdog"\nbackend = "b"\n`,
      '10 agent.watchdog.name CONFIG_NAME_RESERVED',
    ],
    [
      'unknown backend',
      `${BASE.replace('backend = "b"', 'backend = "bb"')}`,
      '8 agent.a.backend CONFIG_BACKEND_UNKNOWN',
    ],
    ['no backend', `${BASE.replace('backend = "b"', '')}`, '6 agent.a.backend CONFIG_REQUIRED'],
    ['backend without command', `${BASE.replace('bin = "b"', '')}`, '4 backend.b.bin CONFIG_REQUIRED'],
    [
      'unknown preset',
      `${BASE.replace('bin = "b"', 'preset = "cluade"')}`,
      '5 backend.b.preset CONFIG_PRESET_UNKNOWN',
    ],
    [
      'regex that does not compile',
      `${BASE.replace('bin = "b"', "bin = 'b'\nlimit_re = '(a'")}`,
      '6 backend.b.limit_re CONFIG_REGEX',
    ],
    [
      'route whose regex does not compile',
      `${BASE}[loop.handoff]\nroutes = [{ pattern = "[", to = "a" }]\n`,
      '10 loop.handoff.routes[0].pattern CONFIG_REGEX',
    ],
    ['service without command', `${BASE}[[service]]\nname = "w"\n`, '9 service.w.command CONFIG_REQUIRED'],
    ['agent without name', `${BASE}[[agent]]\nbackend = "b"\n`, '9 agent[1].name CONFIG_REQUIRED'],
    [
      'phase without status',
      `${BASE}[loop]\nphases = [{ id = "x" }]\n`,
      '10 loop.phases.x.status CONFIG_REQUIRED',
    ],
    ['another user’s home', `${BASE}dir = "~root/x"\n`, '9 agent.a.dir CONFIG_PATH_USER'],
    ['bad variable name', `${BASE}env = { "A B" = "1" }\n`, '9 agent.a.env."A B" CONFIG_ENV_NAME'],
    ['our own variable', `${BASE}env = { AGENTS_RUN = "1" }\n`, '9 agent.a.env.AGENTS_RUN CONFIG_ENV_NAME'],
    ['NUL in a text', `${BASE}prompt = "a\\u0000b"\n`, '9 agent.a.prompt CONFIG_VALUE'],
    ['prototype key', `${BASE}[__proto__]\nx = 1\n`, '9 __proto__ CONFIG_KEY_FORBIDDEN'],
    [
      'prototype key in a table of names',
      `${BASE}[backend.constructor]\nbin = "x"\n`,
      '9 backend.constructor CONFIG_KEY_FORBIDDEN',
    ],
    ['socket name', `${HEAD}tmux_socket = "a b"\n${AGENT}`, '4 defaults.tmux_socket CONFIG_NAME'],
    [
      'socket path',
      `${HEAD}tmux_socket = "/${'x'.repeat(120)}"\n${AGENT}`,
      '4 defaults.tmux_socket CONFIG_SOCKET_LONG',
    ],
    [
      'submit key',
      `${BASE.replace('bin = "b"', 'bin = "b"\nsubmit_key = "-x y"')}`,
      '6 backend.b.submit_key CONFIG_VALUE',
    ],
    ['syntax', `${HEAD}a = \n`, '4 defaults.a CONFIG_SYNTAX'],
    ['a key that stands twice', `${BASE}name = "b"\n`, '9 agent[0].name CONFIG_SYNTAX'],
    ['a table that stands twice', `${BASE}[defaults]\nmodel = "x"\n`, '9 defaults CONFIG_SYNTAX'],
    ['a text without an end', `${BASE}prompt = """\nmodel = 1\n`, '11  CONFIG_SYNTAX'],
  ])('%s', async (_, toml, problem) => {
    const loaded = await makeProject().load(toml)
    expect(loaded.kind).toBe('refused')
    const errors = loaded.problems.filter((p) => p.severity === 'error')
    expect(errors.map(brief)).toEqual([expect.stringContaining(problem)])
    for (const one of errors) expect(one.fix).not.toBe('')
  })

  test('for a wrong value of any key (row 57)', async () => {
    const headers: Record<string, string> = { backend: '[backend.b2]', 'loop.phases': '[[loop.phases]]' }
    for (const table of tablesOfSchema())
      for (const key of table.keys) {
        const header = headers[table.path] ?? table.header
        const own = header === '[defaults]' ? '' : BASE
        const wrong = key.type.startsWith('array') ? '1' : '[[]]'
        const loaded = await makeProject().load(`${own}${header}\n${key.name} = ${wrong}\n`)
        expect.soft(loaded.kind, key.path).toBe('refused')
        const found = loaded.problems.filter((p) => p.key.endsWith(key.name) && p.severity === 'error')
        expect.soft(found.map(brief), key.path).toHaveLength(1)
      }
  })
})

test('one phase or route that is not whole hides nothing else of [loop]', async () => {
  const loop =
    '[loop]\nkickoff_template = "gone.md"\n[[loop.phases]]\nid = "one"\n[[loop.phases]]\nstatus = "S.md"\n' +
    '[loop.handoff]\nrepo = "gone"\n[[loop.handoff.routes]]\nto = "nobody"\n[[loop.handoff.routes]]\npattern = "^x"\n' +
    '[loop.on_complete]\nrun = "nobody"\n'
  expect(await problemsOf(`${BASE}kind = "loop"\nrole = "r"\n${loop}`)).toEqual([
    '10 agent.a.role CONFIG_FILE',
    '12 loop.kickoff_template CONFIG_FILE',
    '13 loop.phases.one.status CONFIG_REQUIRED',
    '15 loop.phases[1].id CONFIG_REQUIRED',
    '18 loop.handoff.repo CONFIG_REPO_MISSING',
    '19 loop.handoff.routes[0].pattern CONFIG_REQUIRED',
    '20 loop.handoff.routes[0].to CONFIG_TARGET_UNKNOWN',
    '21 loop.handoff.routes[1].to CONFIG_REQUIRED',
    '24 loop.on_complete.run CONFIG_TARGET_UNKNOWN',
  ])
})

describe('the required keys', () => {
  test('come first, and in the driver’s order', async () => {
    expect((await problemsOf(`[watchdog]\nx = 1\n`)).slice(0, 2)).toEqual([
      '- defaults.session_prefix CONFIG_REQUIRED',
      '- defaults.log_dir CONFIG_REQUIRED',
    ])
    expect(await problemsOf('[defaults]\nsession_prefix = ""\nlog_dir = "x"\n')).toEqual([
      '2 defaults.session_prefix CONFIG_REQUIRED',
    ])
  })
})

describe('offers what was probably meant', () => {
  test.each([
    [`${BASE}wacth = "heal"\n`, 'Write watch.'],
    [`${BASE}stall_idle = 3\n`, 'stall_idle is a key of [backend.*]: move it there.'],
    [`${BASE}watch = "heal_stall"\n`, 'Write "heal+stall".'],
    [`${BASE}session = "my.app"\n`, 'Write "my_app".'],
    [`${BASE}enabled = "false"\n`, 'Write false, without quotes.'],
    [
      BASE.replace('backend = "b"', 'backend = "cluade"'),
      'Write backend = "claude", or add a table [backend.cluade] with a bin.',
    ],
  ])('%#', async (toml, fix) => {
    const { problems } = await makeProject().load(toml, { presets: { claude: { bin: 'claude' } } })
    expect(problems.filter((p) => p.severity === 'error').map((p) => p.fix)).toEqual([fix])
  })
})

test('x_ keys and x- tables are left alone, except where names are the user’s', async () => {
  const loaded = await makeProject().load(
    `x_a = 1\n${HEAD}x_b = 1\n${AGENT}x_c = [1]\nenv = { x_d = "1" }\n[x-notes]\nanything = 1\n`,
  )
  expect(loaded.kind === 'ok' && loaded.fleet.agents[0]?.env).toEqual({ x_d: '1' })
  expect(loaded.problems).toEqual([])
})

test('keys that never did anything in the Python driver are warned of, not refused', async () => {
  const loaded = await makeProject().load(
    `${HEAD}kind = "loop"\n${AGENT}[[service]]\nname = "w"\ncommand = "x"\nwatch = "heal"\nsession = "s"\n`,
  )
  expect(loaded.kind).toBe('ok')
  expect(loaded.problems.map(brief)).toEqual([
    '4 defaults.kind CONFIG_KEY_IDLE',
    '13 service.w.watch CONFIG_KEY_IDLE',
    '14 service.w.session CONFIG_KEY_IDLE',
  ])
})

describe('what is missing on disk blocks only the agents that need it (row 59)', () => {
  const LOOP =
    '[[agent]]\nname = "l"\nkind = "loop"\nrole = "r"\nbackend = "b"\n[[loop.phases]]\nid = "one"\nstatus = "S.md"\n'
  test.each([
    [
      'prompt',
      `${BASE}prompt_file = "p.md"\n`,
      { a: /prompt .*p\.md is missing/ },
      '9 agent.a.prompt_file CONFIG_FILE',
    ],
    [
      'role prompt',
      BASE + LOOP,
      { l: /role prompt .*prompts\/r\.md is missing/ },
      '12 agent.l.role CONFIG_FILE',
    ],
    ['role', BASE + LOOP.replace('role = "r"\n', ''), { l: /no role/ }, '9 agent.l.role CONFIG_ROLE_MISSING'],
    ['wake prompt', `${BASE}wake = { prompt_file = "w.md" }\n`, {}, '9 agent.a.wake.prompt_file CONFIG_FILE'],
    [
      'wake prompt key',
      `${BASE}wake = { interval = 5 }\n`,
      {},
      '9 agent.a.wake.prompt_file CONFIG_WAKE_PROMPT',
    ],
    [
      'project',
      `${HEAD}project_dir = "gone"\n${AGENT}`,
      { a: /gone is missing/ },
      '4 defaults.project_dir CONFIG_PROJECT_MISSING',
    ],
    [
      'on_complete agent',
      `${BASE}[loop.on_complete]\nrun = "aa"\n`,
      {},
      '10 loop.on_complete.run CONFIG_TARGET_UNKNOWN',
    ],
    [
      'explicit target',
      `${BASE}[loop.handoff]\nclaim_pings = "x"\nreview_pings = "a"\n`,
      {},
      '10 loop.handoff.claim_pings CONFIG_TARGET_UNKNOWN',
    ],
  ])('%s', async (_, toml, blocked, problem) => {
    const loaded = await makeProject().load(toml)
    if (loaded.kind !== 'ok') expect.fail('refused')
    expect(loaded.problems.filter((p) => p.severity === 'error').map(brief)).toEqual([problem])
    expect(Object.fromEntries(loaded.blockedAgents)).toEqual(
      Object.fromEntries(Object.entries(blocked).map(([name, why]) => [name, expect.stringMatching(why)])),
    )
  })

  test('a missing template blocks the loop agents and no other', async () => {
    const project = makeProject({ 'prompts/r.md': 'role' })
    const loaded = await project.load(
      `${BASE}${LOOP}[loop]\nkickoff_template = "k.md"\n`.replace('[[loop.phases]]', '[[loop.phases]]'),
    )
    expect(loaded.kind === 'ok' ? [...loaded.blockedAgents.keys()] : loaded.problems.map(brief)).toEqual([
      'l',
    ])
  })

  test('the files to watch are named even while they are missing', async () => {
    const project = makeProject()
    const loaded = await project.load(`${BASE}prompt_file = "p.md"\nwake = { prompt_file = "w.md" }\n`)
    const watched = ['p.md', 'w.md', 'logs/state/spawned.json'].map((file) => join(project.dir, file))
    expect(loaded.files).toEqual([project.path, ...watched])
  })

  test('a prompt that is a folder, a FIFO or larger than 1 MiB counts as missing, and nothing blocks', async () => {
    const project = makeProject({ 'big.md': 'x'.repeat(1024 * 1024 + 1) })
    mkdirSync(join(project.dir, 'folder.md'))
    execFileSync('mkfifo', [join(project.dir, 'fifo.md')])
    for (const [file, why] of [
      ['big.md', /at most 1048576/],
      ['folder.md', /is a folder/],
      ['fifo.md', /FIFO/],
    ] as const) {
      const loaded = await project.load(`${BASE}prompt_file = "${file}"\n`)
      expect(loaded.kind === 'ok' && loaded.blockedAgents.get('a')).toMatch(why)
    }
  })
})

test('warnings do not hinder', async () => {
  const toml = `${BASE}[backend.c]\nbin = "c"\n[loop.handoff]\nrepo = "gone"\ninboxes = ["A", "B", "C"]\n[[loop.phases]]\nid = "x"\nstatus = "S"\nmodels = { nobody = "m" }\n[[loop.phases]]\nid = "x"\nstatus = "S"\n`
  const loaded = await makeProject().load(toml)
  expect(loaded.kind).toBe('ok')
  expect(loaded.problems.every((p) => p.severity === 'warning')).toBe(true)
  expect(loaded.problems.map((p) => p.code).sort()).toEqual([
    'CONFIG_BACKEND_UNUSED',
    'CONFIG_INBOX_IDLE',
    'CONFIG_PHASE_TWICE',
    'CONFIG_REPO_MISSING',
    'CONFIG_ROLE_UNKNOWN',
    'CONFIG_TARGET_UNKNOWN',
    'CONFIG_TARGET_UNKNOWN',
  ])
})

test('unknown slots of the template are warned of and stay as they are', async () => {
  const project = makeProject({ 'k.md': 'phase {phase_id} {phase} { "json": 1 }' })
  const loaded = await project.load(`${BASE}[loop]\nkickoff_template = "k.md"\n`)
  expect(loaded.problems.map((p) => p.what)).toEqual([
    'The kickoff template has {phase}, which is not filled.',
  ])
})

describe('a file that is no config (rows 48, 50, 58)', () => {
  const codeOf = async (bytes: string | Uint8Array) => {
    const project = makeProject()
    project.write('agents.toml', bytes)
    const loaded = await project.load()
    return {
      code: loaded.problems[0]?.code,
      line: loaded.problems[0]?.line,
    }
  }
  test('larger than 1 MiB is refused before it is parsed', async () => {
    const { code } = await codeOf(`a = "${'x'.repeat(50 * 1024 * 1024)}"`)
    expect(code).toBe('CONFIG_UNREADABLE')
  })
  test.each([
    ['arrays', `\na = ${'['.repeat(500_000)}`],
    ['inline tables', `\n${'a = {'.repeat(100_000)}`],
    ['dotted keys', `\n${'a.'.repeat(500_000)}a = 1`],
    ['headers', `\n[${'a.'.repeat(500_000)}a]`],
    ['quoted keys', `\n${'"a".'.repeat(250_000)}a = 1`],
    ['mixed', `\n[${'a.'.repeat(30)}a]\n${'b.'.repeat(30)}b = [[[[[[1]]]]]]`],
  ])('nested too deep by %s is refused before it is parsed', async (kind, text) => {
    const { code, line } = await codeOf(text)
    expect(code).toBe('CONFIG_TOO_DEEP')
    expect(line).toBe(kind === 'mixed' ? 3 : 2)
  })
  test('brackets and dots in texts, comments and numbers are no nesting', async () => {
    const deep = '['.repeat(100)
    const text = `${HEAD}x_a = "${deep}"\nx_b = '''\n${deep}\n'''\n# ${deep}\nx_c = [${'1.5, '.repeat(100)}]\nx_d = """\\"${deep}"""\n${AGENT}`
    expect((await makeProject().load(text)).problems).toEqual([])
  })
  test('not UTF-8, empty, a folder, a FIFO, absent', async () => {
    expect((await codeOf(new Uint8Array([0x61, 0xff, 0xfe]))).code).toBe('CONFIG_UNREADABLE')
    expect((await codeOf('')).code).toBe('CONFIG_REQUIRED')
    const project = makeProject()
    expect((await project.load()).problems[0]).toMatchObject({
      code: 'CONFIG_MISSING',
      fix: expect.stringContaining('Type: agents init'),
    })
    execFileSync('mkfifo', [project.path])
    expect((await project.load()).problems[0]).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      what: expect.stringContaining('FIFO'),
    })
  })
  test('a byte order mark is no fault', async () => {
    expect((await makeProject().load(`\ufeff${BASE}`)).kind).toBe('ok')
  })
  test('cut off at any byte it is refused or loads, and never throws (row 49)', async () => {
    const project = makeProject()
    const whole = `${BASE}watch = "heal"\nenv = { A = "é" }\n[watchdog]\nsignal_interval = "2s"\n`
    const bytes = Buffer.from(whole)
    for (let length = 0; length <= bytes.length; length += 1) {
      project.write('agents.toml', bytes.subarray(0, length))
      const loaded = await project.load()
      if (loaded.kind === 'refused') expect(loaded.problems.length).toBeGreaterThan(0)
    }
  })
})

test('nothing reaches Object.prototype', async () => {
  await makeProject().load(`${BASE}[backend.__proto__]\npolluted = 1\n[__proto__]\npolluted = 1\n`)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

describe('findConfig', () => {
  test('takes the one named, else agents.toml here, else says what to type', () => {
    const project = makeProject({ 'agents.toml': '', 'o.toml': '' })
    const files = createConfigFiles()
    expect(findConfig(files, project.dir)).toBe(project.path)
    expect(findConfig(files, project.dir, 'o.toml')).toBe(join(project.dir, 'o.toml'))
    const fix = `There is one in a folder above: agents --config ${project.path} …`
    expect(() => findConfig(files, join(project.dir, 'x', 'y'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_MISSING', exit: 2, fix }),
    )
    expect(() => findConfig(files, dirname(project.dir))).toThrow(
      expect.objectContaining({
        code: 'CONFIG_MISSING',
        exit: 2,
        fix: expect.stringContaining('agents init'),
      }),
    )
  })
})
