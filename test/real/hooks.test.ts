import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Claim } from '../../src/core/index.ts'
import { claude } from './clis/claude.ts'
import type { Cli } from './clis/cli.ts'
import { codex } from './clis/codex.ts'
import { createStubApi, type StubApi } from './stub/api.ts'
import { createRealFleet, type RealFleet } from './support/fleet.ts'
import { installCli } from './support/install.ts'

/** A fleet of one agent whose user has settings of their own. */
async function fleetOf(cli: Cli): Promise<{ fleet: RealFleet; api: StubApi; end: () => Promise<void> }> {
  const installed = installCli(cli)
  const api = await createStubApi()
  const fleet = createRealFleet(cli, installed.binDir, api)
  const end = async (): Promise<void> => {
    await fleet.end()
    await api.close()
    installed.remove()
  }
  return { fleet, api, end }
}

const reported = async (fleet: RealFleet): Promise<Claim | undefined> =>
  (await fleet.why()).reading?.claims.find(({ source }) => source === 'report')

const says = (fleet: RealFleet, words: RegExp) =>
  fleet.box.until(
    String(words),
    async () => {
      const claim = await reported(fleet)
      return claim !== undefined && words.test(`${claim.says} ${claim.evidence}`) ? claim : undefined
    },
    60_000,
  )

describe.sequential('claude reports by its hooks', () => {
  const ended: (() => Promise<void>)[] = []
  afterAll(async () => void (await Promise.all(ended.map((end) => end()))))

  test('a turn begins and ends, a dialog asks, and the user’s own hook runs beside', async () => {
    const withHook: Cli = {
      ...claude,
      files: (place) => ({
        ...claude.files(place),
        [join(place.home, '.claude/settings.json')]: JSON.stringify({
          hooks: { Stop: [{ hooks: [{ type: 'command', command: `date >> ${place.home}/own-hook` }] }] },
        }),
      }),
    }
    const { fleet, api, end } = await fleetOf(withHook)
    ended.push(end)
    const settings = join(fleet.place.home, '.claude/settings.json')
    const before = readFileSync(settings, 'utf8')
    api.mode = 'slow'
    await fleet.agents('up')
    await says(fleet, /^working its hook UserPromptSubmit/)
    await says(fleet, /^idle its hook Stop/)
    expect(existsSync(join(fleet.place.home, 'own-hook'))).toBe(true)
    expect(readFileSync(settings, 'utf8')).toBe(before)
    api.mode = 'tool'
    fleet.push()
    await says(fleet, /^asking its hook (?:PermissionRequest|Notification)/)
    expect((await fleet.why()).reading?.state).toBe('asking')
    fleet.key('Escape')
    await fleet.box.until(
      'the dialog is gone',
      async () => (await fleet.report()).reading === 'idle' || undefined,
      60_000,
    )
    api.mode = 'limit'
    fleet.push()
    await says(fleet, /^limited its hook StopFailure/)
    expect(fleet.screen()).not.toMatch(/hook (?:error|failed)|invalid settings/i)
  })
})

describe.sequential('codex reports by its notify program', () => {
  const ended: (() => Promise<void>)[] = []
  afterAll(async () => void (await Promise.all(ended.map((end) => end()))))

  test('when a turn ends', async () => {
    const { fleet, end } = await fleetOf(codex)
    ended.push(end)
    await fleet.agents('up')
    await says(fleet, /^idle its hook notify agent-turn-complete/)
  })

  test('not at all where the user has one already: that one runs', async () => {
    const withNotify: Cli = {
      ...codex,
      files: (place) => {
        const own = `notify = ["sh", "-c", "date >> ${place.home}/own-notify"]\n`
        const files = codex.files(place)
        return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, own + text]))
      },
    }
    const { fleet, end } = await fleetOf(withNotify)
    ended.push(end)
    await fleet.agents('up')
    await fleet.box.until(
      'the user’s own notify',
      () => existsSync(join(fleet.place.home, 'own-notify')) || undefined,
      60_000,
    )
    expect(await reported(fleet)).toBeUndefined()
  })
})
