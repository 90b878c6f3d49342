import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Home, makeHome } from '../../test/support/conversation-home.ts'
import { createConversationFiles } from '../adapters/conversations/index.ts'
import { createConversations } from './index.ts'

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.end())

const ID = '0a1b2c3d-0000-4000-8000-000000000001'
const OTHER = '0a1b2c3d-0000-4000-8000-000000000002'
const TEXT = 'handoff from scout: 3 commits, newest abc1234\nlook at them'

test('a crowd in one folder reads each kickoff once, and not one for every pair', async () => {
  let reads = 0
  const crowd = Array.from({ length: 40 }, (_, at) => ({
    ...home.agent(`a${at}`, 'codex', 100 + at),
    kickoffs: async () => {
      reads += 1
      return [`you are a${at}`]
    },
  }))
  await home.conversations.look(crowd)
  home.now += 60_000
  await home.conversations.look(crowd)
  expect(reads).toBe(40)
})

test('a crowd searches a few at a look, and each has its turn', async () => {
  const crowd = Array.from({ length: 90 }, (_, at) => home.agent(`a${at}`, 'claude', 100 + at))
  const searched: string[] = []
  const asking = crowd.map((one) => ({
    ...one,
    givenId: async () => {
      searched.push(one.agent)
      return undefined
    },
  }))
  const looks: number[] = []
  for (let look = 0; look < 4; look += 1) {
    await home.conversations.look(asking)
    looks.push(searched.length)
  }
  expect(looks).toEqual([40, 80, 90, 90])
  expect(new Set(searched).size).toBe(90)
  // Those that searched longest ago are first again when their pause is over.
  home.now += 60_000
  await home.conversations.look(asking)
  expect(searched.slice(90).sort()).toEqual(searched.slice(0, 40).sort())
})

test('who has found nothing for long searches in a smaller crowd', async () => {
  const searched: string[] = []
  const crowd = Array.from({ length: 30 }, (_, at) => ({
    ...home.agent(`a${at}`, 'claude', 100 + at),
    givenId: async () => {
      searched.push(`a${at}`)
      return undefined
    },
  }))
  for (let round = 0; round < 6; round += 1) {
    await home.conversations.look(crowd)
    home.now += 60_000
  }
  searched.length = 0
  const looks: number[] = []
  for (let look = 0; look < 4; look += 1) {
    // They print all the time.
    await home.conversations.look(
      crowd.map((one) => ({ ...one, pane: { ...one.pane, activityAt: home.now } })),
    )
    looks.push(searched.length)
  }
  expect(looks).toEqual([10, 20, 30, 30])
  expect(new Set(searched).size).toBe(30)
})

test('the environment of an agent’s process is remembered once it has settled, and read anew of another program', async () => {
  let reads = 0
  let command = 'sh'
  let claudeHome = 'one'
  const conversations = createConversations({
    files: {
      ...createConversationFiles(),
      environ: async () => {
        reads += 1
        return { CLAUDE_CONFIG_DIR: join(home.dir, claudeHome) }
      },
    },
    now: () => ({ wall: home.now, mono: home.now }),
    within: (_ms, work) => work,
    members: async (pid) => [{ pid, start: '1', command }],
    living: async () => undefined,
  })
  const look = async () => {
    const agent = home.agent('a', 'claude', 11)
    await conversations.look([{ ...agent, pane: { ...agent.pane, createdAt: 0 } }])
    home.now += 31_000
  }
  await look()
  await look()
  expect(reads).toBe(2)
  await look()
  await look()
  expect(reads).toBe(2)
  // The shell has become the CLI, which is given another home.
  command = 'node'
  claudeHome = 'two'
  home.write('two/sessions/11.json', { pid: 11, procStart: '1', sessionId: ID, status: 'idle' })
  await look()
  expect(reads).toBe(3)
  expect(conversations.id('a')).toBe(ID)
})

describe('claude', () => {
  const folder = () => `.claude/projects/${home.work.replace(/[^A-Za-z0-9]/g, '-')}`
  const status = (pid: number, id: string, word: string, more = {}) =>
    home.write(`.claude/sessions/${pid}.json`, {
      pid,
      procStart: `${pid}00`,
      sessionId: id,
      cwd: home.work,
      status: word,
      statusUpdatedAt: home.now,
      ...more,
    })
  const user = (id: string, content: unknown, more = {}) =>
    home.append(`${folder()}/${id}.jsonl`, {
      type: 'user',
      message: { role: 'user', content },
      timestamp: home.iso(),
      ...more,
    })

  test('tells its state from the status file of its own process', async () => {
    const a = home.agent('a', 'claude', 11)
    status(11, ID, 'busy')
    await home.conversations.look([a])
    expect(home.conversations.sight('a')).toMatchObject({
      source: 'status-file',
      state: 'working',
      conversationId: ID,
      path: join(home.dir, '.claude/sessions/11.json'),
    })
    home.now += 5_000
    status(11, ID, 'waiting', { waitingFor: 'permission prompt' })
    await home.conversations.look([{ ...a, pane: { ...a.pane, activityAt: home.now } }])
    expect(home.conversations.sight('a')).toMatchObject({ state: 'asking', waitingFor: 'permission prompt' })
  })

  test('two agents in one folder are told apart by their processes', async () => {
    home.process(11, { children: [12] })
    status(12, ID, 'busy')
    status(21, OTHER, 'idle')
    await home.conversations.look([home.agent('a', 'claude', 11), home.agent('b', 'claude', 21)])
    expect([home.conversations.id('a'), home.conversations.id('b')]).toEqual([ID, OTHER])
    user(OTHER, TEXT)
    expect(await home.conversations.heard('a', TEXT, home.now)).toBe('no')
    expect(await home.conversations.heard('b', TEXT, home.now)).toBe('yes')
  })

  test('a status file of an earlier process with the same number is nothing', async () => {
    status(11, ID, 'busy', { procStart: '77' })
    await home.conversations.look([home.agent('a', 'claude', 11)])
    expect(home.conversations.sight('a')).toBeUndefined()
    expect(await home.conversations.heard('a', TEXT, home.now)).toBe('unknown')
  })

  test('heard is what a user said since then, queued texts and blocks included, and nothing else', async () => {
    status(11, ID, 'idle')
    const a = home.agent('a', 'claude', 11)
    await home.conversations.look([a])
    const heard = () => home.conversations.heard('a', TEXT, home.now)
    expect(await heard()).toBe('no')
    user(ID, TEXT, { timestamp: new Date(home.now - 60_000).toISOString() })
    expect(await heard()).toBe('no')
    user(ID, TEXT, { isMeta: true })
    user(ID, TEXT, { isSidechain: true })
    user(ID, [{ type: 'tool_result', content: TEXT }])
    expect(await heard()).toBe('no')
    home.append(`${folder()}/${ID}.jsonl`, {
      type: 'queue-operation',
      operation: 'enqueue',
      content: TEXT,
      timestamp: home.iso(),
    })
    expect(await heard()).toBe('yes')
    const second = `${TEXT} again`
    user(ID, [{ type: 'text', text: `an older draft\n${second}   ` }])
    expect(await home.conversations.heard('a', second, home.now)).toBe('yes')
    user(ID, 'yesterday')
    expect(await home.conversations.heard('a', 'yes', home.now)).toBe('no')
  })

  test('a line that is still being written counts when it is whole', async () => {
    status(11, ID, 'idle')
    await home.conversations.look([home.agent('a', 'claude', 11)])
    const line = JSON.stringify({ type: 'user', message: { content: TEXT }, timestamp: home.iso() })
    home.text(`${folder()}/${ID}.jsonl`, line.slice(0, 40))
    expect(await home.conversations.heard('a', TEXT, home.now)).not.toBe('yes')
    home.text(`${folder()}/${ID}.jsonl`, `not json\n{"type":5}\n${line}\n`)
    expect(await home.conversations.heard('a', TEXT, home.now)).toBe('yes')
  })

  test('a usage limit is read with its instant, and is over with the next turn', async () => {
    status(11, ID, 'idle')
    const a = home.agent('a', 'claude', 11)
    home.append(`${folder()}/${ID}.jsonl`, {
      type: 'assistant',
      timestamp: home.iso(),
      isApiErrorMessage: true,
      error: 'rate_limit',
      apiError: 'usage_limit_reached',
      quotaLimits: { status: 'rejected', resetsAt: 1_795_185_548, rateLimitType: 'five_hour' },
      message: { content: [{ type: 'text', text: "You've hit your 5-hour limit · resets 2:39pm (UTC)" }] },
    })
    await home.conversations.look([a])
    expect(home.conversations.sight('a')).toMatchObject({
      source: 'transcript',
      state: 'limited',
      limit: { until: 1_795_185_548_000, window: 'session' },
    })
    home.now += 1_000
    user(ID, 'carry on please')
    await home.conversations.look([{ ...a, pane: { ...a.pane, activityAt: home.now } }])
    expect(home.conversations.sight('a')?.state).toBe('idle')
  })

  test('follows its process into another conversation', async () => {
    const a = home.agent('a', 'claude', 11)
    status(11, ID, 'idle')
    await home.conversations.look([a])
    home.now += 3_000
    status(11, OTHER, 'idle')
    user(OTHER, TEXT)
    await home.conversations.heard('a', TEXT, home.now)
    expect(await home.conversations.heard('a', TEXT, home.now)).toBe('yes')
    expect(home.conversations.id('a')).toBe(OTHER)
  })

  test('the process decides which home it is, not our environment', async () => {
    home.process(11, { env: { CLAUDE_CONFIG_DIR: join(home.dir, 'elsewhere') } })
    home.write('elsewhere/sessions/11.json', { pid: 11, sessionId: ID, status: 'busy', cwd: home.work })
    status(11, OTHER, 'idle')
    await home.conversations.look([home.agent('a', 'claude', 11)])
    expect(home.conversations.id('a')).toBe(ID)
  })
})

describe('codex', () => {
  const path = (id: string) => `.codex/sessions/2026/11/20/rollout-2026-11-20T12-32-00-${id}.jsonl`
  const begin = (id: string, cwd = home.work, more = {}) =>
    home.append(path(id), {
      timestamp: home.iso(),
      type: 'session_meta',
      payload: { id, cwd, timestamp: home.iso(), source: 'cli', ...more },
    })
  const event = (id: string, payload: unknown) =>
    home.append(path(id), { timestamp: home.iso(), type: 'event_msg', payload })
  const say = (id: string, text: string) =>
    event(id, { type: 'item_completed', item: { type: 'UserMessage', content: [{ type: 'text', text }] } })

  test('the rollout that its process holds open is its own', async () => {
    begin(ID)
    begin(OTHER)
    home.process(11, { children: [12] })
    home.process(12, { open: [join(home.dir, path(OTHER))] })
    await home.conversations.look([home.agent('a', 'codex', 11)])
    expect(home.conversations.id('a')).toBe(OTHER)
  })

  test('a server that holds several tells nothing: the kickoff does', async () => {
    begin(ID)
    say(ID, 'you are agent a')
    begin(OTHER)
    say(OTHER, 'you are agent b')
    home.process(11, { open: [join(home.dir, path(ID)), join(home.dir, path(OTHER))] })
    const kickoffs = async () => ['you are agent b\n']
    await home.conversations.look([home.agent('b', 'codex', 11, { kickoffs })])
    expect(home.conversations.id('b')).toBe(OTHER)
  })

  test('of conversations that look alike none is taken', async () => {
    begin(ID)
    say(ID, 'do it')
    const kickoffs = async () => ['do it']
    const both = [home.agent('a', 'codex', 11, { kickoffs }), home.agent('b', 'codex', 21, { kickoffs })]
    await home.conversations.look(both)
    expect(both.map(({ agent }) => home.conversations.id(agent))).toEqual([undefined, undefined])
    expect(await home.conversations.heard('a', 'do it', home.now)).toBe('unknown')
  })

  test('what another folder, a helper or an earlier process began is not its own', async () => {
    begin(ID, '/elsewhere')
    begin(OTHER, home.work, { source: { subagent: 'review' } })
    home.now += 60_000
    await home.conversations.look([home.agent('a', 'codex', 11)])
    expect(home.conversations.id('a')).toBeUndefined()
  })

  test('the conversation that was given is found in an old folder', async () => {
    begin(ID)
    home.now += 86_400_000
    await home.conversations.look([home.agent('a', 'codex', 11, { givenId: async () => ID })])
    expect(home.conversations.id('a')).toBe(ID)
  })

  test('its turns and its limit are read, with the reset of the window that is used up', async () => {
    const a = home.agent('a', 'codex', 11, { givenId: async () => ID })
    begin(ID)
    event(ID, { type: 'task_started' })
    await home.conversations.look([a])
    expect(home.conversations.sight('a')).toMatchObject({ source: 'transcript', state: 'working' })
    home.now += 1_000
    event(ID, {
      type: 'token_count',
      rate_limits: {
        primary: { used_percent: 100, window_minutes: 300, resets_at: 1_795_185_548 },
        secondary: { used_percent: 40, window_minutes: 10_080, resets_at: 1_795_999_999 },
      },
    })
    event(ID, {
      type: 'task_complete',
      error: { message: 'You have hit your usage limit.', codex_error_info: 'usage_limit_exceeded' },
    })
    const later = { ...a, pane: { ...a.pane, activityAt: home.now } }
    await home.conversations.look([later])
    expect(home.conversations.sight('a')).toMatchObject({
      state: 'limited',
      limit: { until: 1_795_185_548_000, window: 'session', text: 'You have hit your usage limit.' },
    })
  })
})

describe('gemini', () => {
  const chat = (name: string) => `.gemini/tmp/w/chats/session-${name}.jsonl`
  const begin = (name: string, id: string) =>
    home.append(chat(name), { sessionId: id, startTime: home.iso(), kind: 'main' })
  const say = (name: string, text: string) =>
    home.append(chat(name), { type: 'user', timestamp: home.iso(), content: [{ text }] })

  test('finds its chat by its kickoff, and hears in it', async () => {
    home.write('.gemini/projects.json', { projects: { [home.work]: 'w' } })
    begin('2026-11-20T12-31-0a1b2c3d', ID)
    say('2026-11-20T12-31-0a1b2c3d', '<session_context>\nThe program says')
    say('2026-11-20T12-31-0a1b2c3d', 'you are agent g')
    const kickoffs = async () => ['you are agent g']
    await home.conversations.look([home.agent('g', 'gemini', 11, { kickoffs })])
    expect(home.conversations.id('g')).toBe(ID)
    say('2026-11-20T12-31-0a1b2c3d', TEXT)
    expect(await home.conversations.heard('g', TEXT, home.now)).toBe('yes')
    expect(home.conversations.sight('g')).toBeUndefined()
  })

  test('a resumed conversation goes on in its first file, beside a new short one', async () => {
    home.write('.gemini/projects.json', { projects: { [home.work]: 'w' } })
    begin('2026-11-20T12-31-0a1b2c3d', ID)
    home.now += 600_000
    begin('2026-11-20T12-41-0a1b2c3d', ID)
    await home.conversations.look([home.agent('g', 'gemini', 11, { givenId: async () => ID })])
    say('2026-11-20T12-31-0a1b2c3d', TEXT)
    expect(await home.conversations.heard('g', TEXT, home.now)).toBe('yes')
  })

  describe('may begin twice, for it asks whether a folder is trusted', () => {
    const files = { format: 'gemini' as const, home: ['~/.gemini'] }
    const twice = (env = {}, dir = home.work) =>
      home.conversations.beginsTwice(files, dir, { HOME: home.dir, ...env })

    test('not where it does not ask at all, or a variable says so', async () => {
      expect(await twice()).toBe(true)
      expect(await twice({ GEMINI_CLI_TRUST_WORKSPACE: 'true' })).toBe(false)
      expect(await twice({ GEMINI_RESTRICTED_MODE: 'true' })).toBe(false)
      home.write('.gemini/settings.json', { security: { folderTrust: { enabled: false } } })
      expect(await twice()).toBe(false)
      expect(await home.conversations.beginsTwice({ ...files, format: 'claude' }, home.work, {})).toBe(false)
    })

    test.each<[string, () => Record<string, string>, boolean]>([
      ['the folder', () => ({ [home.work]: 'TRUST_FOLDER' }), false],
      ['the folder, not trusted', () => ({ [`${home.work}/`]: 'DO_NOT_TRUST' }), false],
      ['the folder above', () => ({ [home.dir]: 'TRUST_FOLDER' }), false],
      ['another one beside it', () => ({ [`${home.dir}/else`]: 'TRUST_PARENT' }), false],
      ['one whose name begins alike', () => ({ [home.work.slice(0, -1)]: 'TRUST_FOLDER' }), true],
      ['one below it', () => ({ [`${home.work}/x`]: 'TRUST_FOLDER' }), true],
    ])('by a rule for %s', async (_, rules, asks) => {
      home.write('.gemini/trustedFolders.json', rules())
      expect(await twice()).toBe(asks)
      home.write('elsewhere.json', {})
      expect(await twice({ GEMINI_CLI_TRUSTED_FOLDERS_PATH: `${home.dir}/elsewhere.json` })).toBe(true)
    })

    test('what cannot be read counts as a yes', async () => {
      home.text('.gemini/settings.json', '// mine\n{"security": {"folderTrust": {"enabled": false}}}')
      home.text('.gemini/trustedFolders.json', '{')
      expect(await twice()).toBe(true)
    })
  })
})

describe('opencode', () => {
  const history = '.local/state/opencode/prompt-history.jsonl'
  const say = (input: string) => home.append(history, { input, parts: [], mode: 'normal' })
  const created = (id: string, directory: string) =>
    home.text(
      '.local/share/opencode/log/opencode.log',
      `timestamp=${home.iso()} level=INFO run=1f message=created id=${id} slug=x version=1.18.33 directory=${directory} parentID=undefined title="t"\n`,
    )

  test('hears in the history of its home; its session is told by the log', async () => {
    created('ses_1', home.work)
    const a = home.agent('a', 'opencode', 11)
    await home.conversations.look([a])
    expect(home.conversations.id('a')).toBe('ses_1')
    expect(await home.conversations.heard('a', TEXT, home.now)).toBe('no')
    say(TEXT)
    expect(await home.conversations.heard('a', TEXT, home.now)).toBe('yes')
  })

  test('texts that stood there before are not taken for new ones', async () => {
    say(TEXT)
    say('something else')
    home.now += 60_000
    await home.conversations.look([home.agent('a', 'opencode', 11)])
    expect(await home.conversations.heard('a', TEXT, home.now)).toBe('no')
  })

  test('one text that two agents wait for is nobody’s until it was said twice', async () => {
    await home.conversations.look([home.agent('a', 'opencode', 11), home.agent('b', 'opencode', 21)])
    await home.conversations.heard('a', TEXT, home.now)
    await home.conversations.heard('b', TEXT, home.now)
    say(TEXT)
    expect(await home.conversations.heard('a', TEXT, home.now)).toBe('unknown')
    say(TEXT)
    expect(await home.conversations.heard('a', TEXT, home.now)).toBe('yes')
    expect(await home.conversations.heard('b', TEXT, home.now)).toBe('yes')
  })
})

describe('who else is in a conversation', () => {
  const files = { format: 'claude' as const, home: ['~/.claude'] }
  const status = (pid: number, id: string) =>
    home.write(`.claude/sessions/${pid}.json`, { pid, procStart: `${pid}00`, sessionId: id, status: 'idle' })
  const stranger = (id: string, run = 'fleet:a') =>
    home.conversations.stranger(id, files, { HOME: home.dir }, run)

  test('is a living process that carries another run than the agent’s, and no other', async () => {
    status(11, ID)
    expect(await stranger(ID)).toBeUndefined()
    home.process(11, { env: { AGENTS_RUN: 'fleet:a' } })
    home.now += 2_000
    expect(await stranger(ID)).toBeUndefined()
    expect(await stranger(ID, 'fleet:b')).toBe('the process 11')
    expect(await stranger(OTHER, 'fleet:b')).toBeUndefined()
  })
})

test('a file that does not answer in time proves nothing', async () => {
  const slow = createConversations({
    files: createConversationFiles(),
    now: () => ({ wall: home.now, mono: home.now }),
    within: async () => undefined,
    members: async (pid) => [{ pid, start: '1' }],
    living: async () => undefined,
  })
  await slow.look([home.agent('a', 'claude', 11)])
  expect(await slow.heard('a', TEXT, home.now)).toBe('unknown')
})
