import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AskReport } from '../../src/core/index.ts'
import type { Cli } from './clis/cli.ts'
import { createStubApi, type StubApi } from './stub/api.ts'
import { createRealFleet, type RealFleet } from './support/fleet.ts'
import { type Installed, installCli } from './support/install.ts'
import { countIn } from './support/texts.ts'

/** What one CLI offers, and how a rule names it. */
export interface Offers {
  /** Files without the settings that skip the trust dialog; undefined: it has none. */
  untrusted?: (cli: Cli, place: Parameters<Cli['files']>[0]) => Record<string, string>
  trust?: string
  /** Once trusted it starts itself anew, with its kickoff. */
  restarts?: boolean
  /** Rules for what it asks besides, as `[dialog, answer]`. */
  besides?: readonly (readonly [string, string])[]
  yes: string
  no: string
}

/** The dialogs of one real CLI are answered, by a rule and by hand; the steps build on each other. */
export function answers(cli: Cli, offers: Offers): void {
  describe.sequential(`${cli.name}: dialogs`, () => {
    let installed: Installed
    let api: StubApi
    let fleet: RealFleet
    const rules = (text: string): void => appendFileSync(join(fleet.box.dir, 'agents.toml'), `\n${text}\n`)
    const rule = (dialog: string, answer: string, more = ''): void =>
      rules(`[[policy]]\ndialog = "${dialog}"\nanswer = "${answer}"\n${more}`)

    beforeAll(async () => {
      installed = installCli(cli)
      api = await createStubApi()
      fleet = createRealFleet(cli, installed.binDir, api)
    })
    afterAll(async () => {
      await fleet?.end()
      await api?.close()
      installed?.remove()
    })

    const until = async <T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> => {
      try {
        return await fleet.box.until(what, look, 60_000)
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${fleet.screen()}`, { cause: error })
      }
    }
    const asked = (): Promise<AskReport> =>
      until('a dialog', async () => {
        const run = await fleet.agents('asks', '--json')
        return (JSON.parse(run.stdout) as { asks: AskReport[] }).asks[0]
      })
    const answered = (sort: string) =>
      until(`answered: ${sort}`, () =>
        fleet.box
          .events()
          .find((event) => event.kind === 'answered' && event.sort === sort && event.rule !== undefined),
      )
    const turns = (text: string) => api.turns().filter((one) => countIn(one.body, text) > 0)

    test('the folder is trusted by a rule, and the kickoff arrives', async () => {
      if (offers.untrusted !== undefined)
        for (const [path, text] of Object.entries(offers.untrusted(cli, fleet.place))) {
          mkdirSync(dirname(path), { recursive: true })
          writeFileSync(path, text)
        }
      if (offers.trust !== undefined) rule(`${cli.name}-trust`, offers.trust)
      for (const [dialog, answer] of offers.besides ?? []) rule(dialog, answer)
      await fleet.agents('up')
      await until('the kickoff', () => (api.turns().length > 0 ? true : undefined))
      if (offers.trust !== undefined) await answered('trust')
      if (offers.restarts) await until('the kickoff again', () => (api.turns().length > 1 ? true : undefined))
      await until('idle', async () => (await fleet.report()).reading === 'idle' || undefined)
    })

    test('a rule says yes, and the command runs', async () => {
      rule('permission', offers.yes, 'max_per_hour = 1')
      await until('idle', async () => (await fleet.report()).reading === 'idle' || undefined)
      api.mode = 'tool'
      const hash = fleet.push()
      await until('the ping', () => (turns(hash).length > 0 ? true : undefined))
      expect((await answered('permission')).option).toMatch(offers.yes)
      api.mode = 'fast'
      await until('idle again', async () => (await fleet.report()).reading === 'idle' || undefined)
      expect(turns(hash).length).toBeGreaterThan(1)
    })

    test('after one an hour a person is asked, and says no', async () => {
      api.mode = 'tool'
      const hash = fleet.push()
      await until('the ping', () => (turns(hash).length > 0 ? true : undefined))
      const ask = await asked()
      api.mode = 'fast'
      expect(ask, JSON.stringify(ask)).toMatchObject({ kind: 'permission', dialog: `${cli.name}-permission` })
      expect(ask.options.find(({ label }) => label.startsWith(offers.yes))?.dangers).toEqual([])
      expect(ask.policy.why).toContain('within an hour')
      const run = await fleet.agents('answer', 'a', offers.no)
      expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 })
      await until('nobody asks', async () => (await fleet.report()).asking === undefined || undefined)
    })
  })
}
